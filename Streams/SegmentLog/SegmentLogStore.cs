using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Keeps streams as folders of append-only segment files. A stream is opened, and if need be recovered, when it is
/// first asked for; an idle one costs an open file and a few hundred bytes.
/// </summary>
public sealed class SegmentLogStore : IStreamStore
{
    private const string RemainsPrefix = ".deleted-";
    private const int Stripes = 64;

    private readonly ConcurrentDictionary<StreamName, StreamLog> open = new();
    private readonly SemaphoreSlim[] stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly SegmentLogContext context;
    private readonly StoreLock storeLock;
    private readonly string root;
    private bool isDisposed;

    /// <summary>Opens the store and takes the lock on its folder.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message says which.</exception>
    /// <exception cref="StoreLockedException">Another store has the folder.</exception>
    public SegmentLogStore(SegmentLogOptions options, TimeProvider? time = null, ILogger<SegmentLogStore>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] faults = [.. SegmentLogOptions.Faults(options)];
        if (faults.Length > 0) throw new ArgumentException(string.Join(' ', faults), nameof(options));

        root = Path.GetFullPath(options.Directory);
        Directory.CreateDirectory(root);
        storeLock = StoreLock.Take(root);
        context = new SegmentLogContext(
            new SegmentLogOptions
            {
                Directory = root, MaxBytes = options.MaxBytes, MaxBatchBytes = options.MaxBatchBytes,
                MaxWriters = options.MaxWriters, FlushThreads = options.FlushThreads,
            },
            time ?? TimeProvider.System, logger ?? NullLogger<SegmentLogStore>.Instance,
            new AppendOperationPool(), new FlushThreads(options.FlushThreads), new SegmentLogMetrics(() => open.Values),
            new SiteBudget(options.MaxBytes, OpenAllAsync, logger ?? NullLogger<SegmentLogStore>.Instance));
        foreach (var remains in Directory.EnumerateDirectories(root, RemainsPrefix + "*")) Remove(remains);
        context.Budget.Look();
    }

    /// <inheritdoc/>
    public async Task<bool> CreateAsync(StreamName name, StreamOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        StreamOptionsRules.Check(name, options);
        using var held = await HoldAsync(name, cancellationToken);
        StreamLog? existing;
        try
        {
            existing = Find(name);
        }
        catch (ManifestUnreadableException e)
        {
            SegmentLogMessages.ManifestReplaced(context.Logger, name, e);
            WriteManifest(name, options);
            existing = Find(name);
        }
        if (existing is null)
        {
            WriteManifest(name, options);
            return true;
        }
        await existing.ConfigureAsync(options).WaitAsync(cancellationToken);
        return false;
    }

    /// <inheritdoc/>
    public async Task<StreamDescription?> DescribeAsync(StreamName name, CancellationToken cancellationToken = default) =>
        (await TryOpenAsync(name, cancellationToken))?.Describe();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StreamDescription>> ListAsync(CancellationToken cancellationToken = default)
    {
        var all = new List<StreamDescription>();
        foreach (var (name, _) in StreamFolders.In(root))
        {
            if (await DescribeAsync(name, cancellationToken) is { } description) all.Add(description);
        }
        return all;
    }

    /// <inheritdoc/>
    public async Task SealAsync(StreamName name, CancellationToken cancellationToken = default) =>
        await (await OpenAsync(name, cancellationToken)).SealAsync().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task TruncateAsync(StreamName name, StreamPosition before, CancellationToken cancellationToken = default) =>
        await (await OpenAsync(name, cancellationToken)).TruncateAsync(Checked(name, before)).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken = default)
    {
        using var held = await HoldAsync(name, cancellationToken);
        if (Find(name) is not { } log) return false;
        await log.EndAsync(() => new StreamNotFoundException(name));
        open.TryRemove(name, out _);
        var remains = Path.Combine(root, $"{RemainsPrefix}{Guid.NewGuid():N}");
        try
        {
            // Renamed at once, so that a crash cannot leave half a stream.
            if (Directory.Exists(log.Folder)) Directory.Move(log.Folder, remains);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StreamStoreException($"The stream '{name}' could not be removed from '{log.Folder}': {e.Message}", e);
        }
        Remove(remains);
        return true;
    }

    /// <inheritdoc/>
    public async Task<IStreamWriter> OpenWriterAsync(StreamName name, Guid writerId, CancellationToken cancellationToken = default)
    {
        var log = await OpenAsync(name, cancellationToken);
        return new SegmentLogWriter(log, log.Writers.Open(writerId));
    }

    /// <inheritdoc/>
    public async Task<IStreamReader> OpenReaderAsync(
        StreamName name, StreamPosition from, CancellationToken cancellationToken = default)
    {
        var log = await OpenAsync(name, cancellationToken);
        return new SegmentLogReader(log, from == StreamPosition.Latest ? log.EmptyRange.Next : Checked(name, from));
    }

    /// <inheritdoc/>
    public async Task<StreamPosition> FindAsync(
        StreamName name, long timestamp, CancellationToken cancellationToken = default) =>
        StreamLog.At(TimeSearch.Find((await OpenAsync(name, cancellationToken)).Segments, timestamp));

    /// <inheritdoc/>
    public async Task<ReaderCheckpoint?> ReadCheckpointAsync(
        StreamName name, string reader, CancellationToken cancellationToken = default) =>
        (await OpenAsync(name, cancellationToken)).Checkpoints.Find(reader);

    /// <inheritdoc/>
    public async Task WriteCheckpointAsync(
        StreamName name, ReaderCheckpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (!StreamName.IsValid(checkpoint.Reader))
        {
            throw new ArgumentException(
                "A reader's name must have 1 to 255 characters out of letters, digits, '.' and '-', beginning with a letter "
                + $"or a digit, but is '{checkpoint.Reader}'.", nameof(checkpoint));
        }
        await (await OpenAsync(name, cancellationToken)).WriteCheckpointAsync(checkpoint).WaitAsync(cancellationToken);
    }

    /// <summary>Stores what is queued, ends readers and writers, and lets go of the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, true)) return;
        await context.Budget.StopAsync();
        foreach (var stripe in stripes) await stripe.WaitAsync();
        foreach (var log in open.Values) await log.EndAsync(() => new ObjectDisposedException(nameof(SegmentLogStore)));
        foreach (var stripe in stripes) stripe.Release();
        context.FlushThreads.Dispose();
        context.Metrics.Dispose();
        storeLock.Dispose();
    }

    private static StreamPosition Checked(StreamName name, StreamPosition position) =>
        position is { Epoch: 0, Offset: >= 0 } || position == StreamPosition.Latest || position == StreamPosition.Earliest
            ? position
            : throw new ArgumentException(
                $"Position {position} is not one of stream '{name}': in the segment log the epoch is 0 and the offset counts "
                + "the events from 0.", nameof(position));

    private void WriteManifest(StreamName name, StreamOptions options)
    {
        try
        {
            Directory.CreateDirectory(FolderOf(name));
            new StreamManifest(options).Save(FolderOf(name));
            if (options.Durability == StreamDurability.Synced)
            {
                Folder.Sync(Path.GetDirectoryName(FolderOf(name))!);
                Folder.Sync(root);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFailure.For(name, FolderOf(name), "made", e);
        }
    }

    private async Task<IReadOnlyList<StreamLog>> OpenAllAsync()
    {
        var all = new List<StreamLog>();
        foreach (var (name, _) in StreamFolders.In(root))
        {
            if (await TryOpenAsync(name, CancellationToken.None) is { } log) all.Add(log);
        }
        return all;
    }

    private async Task<StreamLog> OpenAsync(StreamName name, CancellationToken cancellationToken) =>
        await TryOpenAsync(name, cancellationToken) ?? throw new StreamNotFoundException(name);

    private async ValueTask<StreamLog?> TryOpenAsync(StreamName name, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref isDisposed), this);
        if (open.TryGetValue(name, out var log)) return log;
        using var held = await HoldAsync(name, cancellationToken);
        return Find(name);
    }

    // Opens a stream whose stripe is held.
    private StreamLog? Find(StreamName name)
    {
        if (open.TryGetValue(name, out var log)) return log;
        var folder = FolderOf(name);
        if (!File.Exists(Path.Combine(folder, StreamManifest.FileName))) return null;
        try
        {
            var manifest = StreamManifest.Load(folder);
            var found = new StreamRecovery(name, folder, context.Options.MaxWriters, context.Logger).Run();
            log = new StreamLog(name, folder, manifest, found, context);
            log.Resume();
        }
        catch (Exception e) when (e is IOException and not StreamStoreException or UnauthorizedAccessException)
        {
            throw new StreamStoreException($"The stream '{name}' could not be opened in '{folder}': {e.Message}", e);
        }
        open[name] = log;
        return log;
    }

    private string FolderOf(StreamName name) => StreamFolders.Of(root, name);

    private void Remove(string remains)
    {
        try
        {
            if (Directory.Exists(remains)) Directory.Delete(remains, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SegmentLogMessages.RemainsStay(context.Logger, remains, e);
        }
    }

    private async Task<Stripe> HoldAsync(StreamName name, CancellationToken cancellationToken)
    {
        var stripe = stripes[(uint)name.GetHashCode() % Stripes];
        await stripe.WaitAsync(cancellationToken);
        if (!Volatile.Read(ref isDisposed)) return new Stripe(stripe);
        stripe.Release();
        throw new ObjectDisposedException(nameof(SegmentLogStore));
    }

    private readonly struct Stripe(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
