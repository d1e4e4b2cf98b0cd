using Microsoft.Extensions.Logging;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>The steps of making a file; a restart after any of them gives every message once.</summary>
internal enum ArchiveStep
{
    /// <summary>The file is written under its temporary name.</summary>
    Written,

    /// <summary>It has its name; the stream's reader position does not know of it yet.</summary>
    Named,

    /// <summary>The position is kept; the stream still has the messages.</summary>
    Committed,

    /// <summary>The stream was truncated.</summary>
    Truncated,
}

/// <summary>
/// Moves messages from the ring into files: writes, names, keeps the position, truncates the stream, in this order.
/// </summary>
internal sealed class Archiver(
    IStreamStore store, StreamName stream, MessageRing ring, ArchiveCatalog catalog, ParquetWriter writer, FileFolders folders,
    KeyMark mark, GapList gaps, ExchangeBacklog backlog, ExchangeOptions options, MessageKey archivedTo, StreamPosition committed, TimeProvider time,
    ILogger logger, Func<ArchiveStep, Task>? stepReached) : IDisposable
{
    /// <summary>The name of the archive's checkpoint in the stream.</summary>
    public const string ReaderName = "archive";

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);
    // Retention and the age of the ring need no more than a look now and then.
    private static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(1);
    // Nothing needs a look meanwhile; an injected clock may jump.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Pulse nudged = new();
    private readonly Pulse progressed = new();
    private readonly Pulse applied = new();
    private readonly SemaphoreSlim rolling = new(1, 1);
    private readonly SemaphoreSlim committing = new(1, 1);
    private readonly Lock gate = new();
    // Guarded by committing.
    private readonly HashSet<string> unsynced = new(StringComparer.Ordinal);
    private volatile ExchangeOptions options = options;
    private MessageKey archivedTo = archivedTo;
    private MessageKey marked;
    private StreamPosition committed = committed;
    private volatile bool roomIsWanted;
    private volatile string? error;

    /// <summary>Why the last attempt failed; null since one succeeded.</summary>
    public string? Error => error;

    /// <summary>The newest key that has a file.</summary>
    public MessageKey ArchivedTo
    {
        get { lock (gate) return archivedTo; }
    }

    /// <summary>Ends when the next file is there, or there may be room for another reason.</summary>
    public Task Progress => progressed.Next;

    public void Apply(ExchangeOptions newOptions)
    {
        options = newOptions;
        applied.Beat();
        nudged.Beat();
        progressed.Beat();
    }

    /// <summary>Has a file written of whatever waits for one, since there is no room for what comes.</summary>
    public void MakeRoom()
    {
        roomIsWanted = true;
        Nudge();
    }

    /// <summary>Looks whether it is time for a file.</summary>
    public void Nudge()
    {
        if (DueIn() <= TimeSpan.Zero) nudged.Beat();
    }

    /// <summary>Archives until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(WriteFilesAsync(cancellationToken), KeepHouseAsync(cancellationToken));

    /// <summary>Writes what is only in memory yet, as far as the disk lets it: gaps and the newest key.</summary>
    public async Task EndAsync()
    {
        try
        {
            await SettleAsync(CancellationToken.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ArchiveLog.HouseNotKept(logger, failure, stream.Stream);
        }
    }

    /// <summary>Archives all that is in the ring now.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (ring.Contents().Newest is not { } newest) return;
        while (ring.Unarchived().Oldest is { } oldest && oldest.First <= newest) await RollAsync(cancellationToken);
    }

    public void Dispose()
    {
        rolling.Dispose();
        committing.Dispose();
    }

    private async Task WriteFilesAsync(CancellationToken cancellationToken)
    {
        var retry = FirstRetry;
        while (!cancellationToken.IsCancellationRequested)
        {
            var (nudge, apply) = (nudged.Next, applied.Next);
            try
            {
                while (DueIn() <= TimeSpan.Zero) await RollAsync(cancellationToken);
                Fail(null);
                retry = FirstRetry;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) // whatever it was, the messages are still in the stream and can be tried again
            {
                Fail(failure.Message);
                ArchiveLog.ArchivingFailed(logger, failure, stream.Stream, retry);
                // Who changes the options may have removed the trouble.
                await WaitAsync(apply, retry, cancellationToken);
                retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
                continue;
            }
            await WaitAsync(nudge, DueIn() is { } due && due < LongestWait ? due : LongestWait, cancellationToken);
        }
    }

    // By itself, so that gaps are kept and room is made however long a file takes: retention may be what ends a full disk.
    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await SettleAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) // it is tried again in a moment
            {
                ArchiveLog.HouseNotKept(logger, failure, stream.Stream);
            }
            await Task.Delay(Housekeeping, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (options.Ring.MaxAge is { } age) ring.DropOlderThan(MessageKeySource.Now(time) - (long)age.TotalMicroseconds);
        catalog.Retain(options.Retention);
        await committing.WaitAsync(cancellationToken);
        try
        {
            await CommitAsync(cancellationToken);
            gaps.Save();
            if (ArchivedTo is var newest && newest != marked) mark.Write(newest);
            marked = newest;
        }
        finally
        {
            committing.Release();
        }
    }

    /// <summary>How long until a file is due; null where there is nothing to write.</summary>
    private TimeSpan? DueIn()
    {
        var (size, oldest) = ring.Unarchived();
        if (oldest is not { } block) return null;
        var now = options;
        if (ring.IsFull || roomIsWanted || size.Messages >= MostRows(now) || size.Bytes >= MostBytes(now)) return TimeSpan.Zero;
        var maxAge = now.Ring.MaxAge < now.Roll.MaxAge ? now.Ring.MaxAge.Value : now.Roll.MaxAge;
        return maxAge - time.GetElapsedTime(block.Arrived);
    }

    // Half the ring: while one half is written, the other fills.
    private static long MostRows(ExchangeOptions options) => Math.Min(options.Roll.MaxRows, (options.Ring.Capacity + 1) / 2);

    private static long MostBytes(ExchangeOptions options) => Math.Min(options.Roll.MaxBytes, options.Ring.MaxBytes / 2);

    private async Task RollAsync(CancellationToken cancellationToken)
    {
        await rolling.WaitAsync(cancellationToken);
        try
        {
            var now = options;
            var blocks = ring.Cut(MostRows(now), MostBytes(now));
            if (blocks.Count == 0) return;
            roomIsWanted = false;
            // A start takes what comes before a file as known of, so what was dropped there has to be known by then.
            gaps.Save();
            var folder = folders.Use(now.Folder);
            var file = await writer.WriteAsync(folder, blocks, ArchivedTo, now.Parquet, cancellationToken);
            await ReachAsync(ArchiveStep.Written);
            await committing.WaitAsync(cancellationToken);
            try
            {
                Name(folder, file, ParquetWriter.TemporaryPath(folder, stream.Stream, now.Parquet.EncryptionKey));
                await ReachAsync(ArchiveStep.Named);
                await CommitAsync(cancellationToken);
            }
            finally
            {
                committing.Release();
            }
        }
        finally
        {
            ring.Release();
            rolling.Release();
        }
    }

    private void Name(string folder, ArchiveFile file, string temporaryPath)
    {
        var day = Path.Combine(folder, file.Day);
        DurableFile.MoveInto(temporaryPath, day, file.Name);
        // From here on the file counts, whatever fails next: nothing may come between these lines.
        lock (gate) archivedTo = file.Last;
        unsynced.Add(day);
        catalog.Add(day, file);
        var (messages, bytes) = ring.Archived(file.Last);
        backlog.Remove(messages, bytes);
        progressed.Beat();
        ArchiveLog.FileWritten(logger, stream.Stream, file.Name);
    }

    // Lets the stream go up to where everything is in files, or was dropped and is a gap that is written.
    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (ring.DoneTo is not { } position || position <= committed) return;
        gaps.Save();
        foreach (var folder in unsynced) DurableFile.SyncFolder(folder);
        unsynced.Clear();
        await store.WriteCheckpointAsync(stream, new ReaderCheckpoint(ReaderName, position), cancellationToken);
        await ReachAsync(ArchiveStep.Committed);

        // Another reader that counts may be further back.
        var description = await store.DescribeAsync(stream, cancellationToken) ?? throw new StreamNotFoundException(stream);
        var before = description.Readers.Where(reader => reader.Counts).Select(reader => reader.Position).Append(position).Min();
        await store.TruncateAsync(stream, before, cancellationToken);
        committed = position;
        await ReachAsync(ArchiveStep.Truncated);
    }

    private void Fail(string? why)
    {
        error = why;
        if (why is not null) backlog.Look();
    }

    private Task ReachAsync(ArchiveStep step) => stepReached?.Invoke(step) ?? Task.CompletedTask;

    private async Task WaitAsync(Task nudge, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = Task.Delay(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, time, timer.Token);
        await Task.WhenAny(nudge, delay);
        await timer.CancelAsync();
    }
}
