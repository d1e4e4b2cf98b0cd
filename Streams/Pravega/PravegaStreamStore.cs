using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>
/// Keeps streams in Pravega: each is a Pravega stream of one segment, with a table segment beside it for the checkpoints of
/// its readers. Several processes may work on the same streams. What an append has survived is what the Pravega cluster is
/// set to; <see cref="StreamOptions.Durability"/> says nothing here.
/// </summary>
public sealed class PravegaStreamStore : IStreamStore
{
    // By it the streams of stores are found among others.
    private const string Tag = "weir";
    private static readonly TimeSpan TruncationPause = TimeSpan.FromMilliseconds(500);
    private const int TruncationAttempts = 5;
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(15);

    private readonly PravegaStoreOptions options;
    private readonly PravegaClient client;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<StreamName, StreamState> states = new();
    private readonly ConcurrentDictionary<StreamName, TimeIndex> times = new();
    private readonly ConcurrentDictionary<StreamName, StreamPosition> heads = new();

    /// <summary>Opens the store. It connects when it is used first.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message says which.</exception>
    public PravegaStreamStore(
        PravegaStoreOptions options, TimeProvider? time = null, ILogger<PravegaStreamStore>? logger = null, ILogger<PravegaClient>? clientLogger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (PravegaStoreOptions.Faults(options).FirstOrDefault() is { } fault) throw new ArgumentException(fault, nameof(options));
        this.options = options;
        this.logger = logger ?? NullLogger<PravegaStreamStore>.Instance;
        client = new PravegaClient(options.ForClient(), clientLogger, time);
    }

    /// <summary>Asks the controller something, so that a wrong address, user or certificate is told before anything is built on it.</summary>
    /// <exception cref="StreamStoreException">It does not answer, or not to us; the message says why.</exception>
    public static async Task ProbeAsync(PravegaStoreOptions options, CancellationToken cancellationToken = default)
    {
        try
        {
            var settings = options.ForClient();
            settings.RetryFor = ProbePatience;
            await using var client = new PravegaClient(settings);
            await client.Controller.ScopeExistsAsync("weir", cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is PravegaException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new StreamStoreException($"Pravega at {options.Controller} cannot be used: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public Task<bool> CreateAsync(StreamName name, StreamOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.MaxAge <= TimeSpan.Zero) throw new ArgumentException($"stream '{name}': MaxAge must be longer than nothing, or null for any age, but is {options.MaxAge}");
        return PravegaErrors.GuardAsync(name, async () =>
        {
            var stream = StreamOf(name);
            await client.Controller.CreateScopeAsync(stream.Scope, cancellationToken).ConfigureAwait(false);
            // A deletion that was broken off is carried on first.
            if (await StateOf(name).IsDeletedAsync(cancellationToken).ConfigureAwait(false))
            {
                await RemoveAsync(name, cancellationToken).ConfigureAwait(false);
                await StateOf(name).ForgetDeletedAsync(cancellationToken).ConfigureAwait(false);
            }
            var wanted = Configuration(options);
            var isMade = await client.Controller.CreateStreamAsync(stream, wanted, cancellationToken).ConfigureAwait(false);
            if (isMade) await TimesOf(name).BeginAsync(cancellationToken).ConfigureAwait(false);
            else await TakeOverAsync(stream, wanted, cancellationToken).ConfigureAwait(false);
            await StateOf(name).CreateAsync(options, cancellationToken).ConfigureAwait(false);
            return isMade;
        });
    }

    /// <inheritdoc/>
    public Task<StreamDescription?> DescribeAsync(StreamName name, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync(name, async () =>
        {
            try
            {
                var chain = ChainOf(name);
                var head = await chain.HeadAsync(cancellationToken).ConfigureAwait(false);
                var (last, info, isSealed) = await chain.LastAsync(cancellationToken).ConfigureAwait(false);
                if (await StateOf(name).IsDeletedAsync(cancellationToken).ConfigureAwait(false)) return null;
                var readers = await StateOf(name).ListAsync(cancellationToken).ConfigureAwait(false);
                return new StreamDescription(
                    name, head, new StreamPosition(last.Epoch, info.Length),
                    await BytesAsync(chain, head, last, info, cancellationToken).ConfigureAwait(false), null, isSealed, readers);
            }
            catch (Exception e) when (e is PravegaNotFoundException or StreamNotFoundException)
            {
                return (StreamDescription?)null;
            }
        });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StreamDescription>> ListAsync(CancellationToken cancellationToken = default)
    {
        var names = new List<StreamName>();
        try
        {
            await foreach (var scope in client.Controller.ListScopesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!scope.StartsWith(options.ScopePrefix, StringComparison.Ordinal) || scope.Length == options.ScopePrefix.Length) continue;
                await foreach (var stream in client.Controller.ListStreamsAsync(scope, Tag, cancellationToken).ConfigureAwait(false))
                {
                    if (StreamName.TryParse($"{scope[options.ScopePrefix.Length..]}/{stream.Stream}", out var name)) names.Add(name);
                }
            }
        }
        catch (PravegaException e)
        {
            throw new StreamStoreException($"Pravega's streams cannot be listed: {e.Message}", e);
        }
        names.Sort();
        var all = new List<StreamDescription>();
        foreach (var name in names)
        {
            if (await DescribeAsync(name, cancellationToken).ConfigureAwait(false) is { } description) all.Add(description);
        }
        return all;
    }

    /// <inheritdoc/>
    public Task SealAsync(StreamName name, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync(name, async () =>
        {
            await client.Controller.SealStreamAsync(StreamOf(name), cancellationToken).ConfigureAwait(false);
            return true;
        });

    /// <inheritdoc/>
    /// <remarks>
    /// A truncation costs Pravega's controller a second, so one is made when a segment's worth of bytes
    /// (<see cref="StreamOptions.SegmentBytes"/>) comes free by it.
    /// </remarks>
    public Task TruncateAsync(StreamName name, StreamPosition before, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync(name, async () =>
        {
            await GiveUpAsync(name, before, cancellationToken).ConfigureAwait(false);
            return true;
        });

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync(name, async () =>
        {
            if (!await client.Controller.StreamExistsAsync(StreamOf(name), cancellationToken).ConfigureAwait(false)) return false;
            await StateOf(name).MarkDeletedAsync(cancellationToken).ConfigureAwait(false);
            await RemoveAsync(name, cancellationToken).ConfigureAwait(false);
            return true;
        });

    /// <inheritdoc/>
    public async Task<IStreamWriter> OpenWriterAsync(StreamName name, Guid writerId, CancellationToken cancellationToken = default)
    {
        // One block in flight: then each acknowledgement tells where its block lies.
        var settings = new EventWriterOptions { WriterId = writerId, BlocksInFlight = 1, RetryFor = options.RetryFor };
        var writer = await PravegaErrors.GuardAsync(name, () => OpenAsync(cancellationToken)).ConfigureAwait(false);
        return new PravegaStreamWriter(name, writer, OpenAsync, async stop =>
        {
            var (last, info, _) = await ChainOf(name).LastAsync(stop).ConfigureAwait(false);
            return new StreamPosition(last.Epoch, info.Length);
        }, TimesOf(name));

        Task<NumberedWriter> OpenAsync(CancellationToken stop) => client.OpenNumberedWriterAsync(StreamOf(name), settings, stop);
    }

    /// <inheritdoc/>
    public Task<IStreamReader> OpenReaderAsync(StreamName name, StreamPosition from, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync<IStreamReader>(name, async () =>
            await PravegaStreamReader.OpenAsync(client, ChainOf(name), StateOf(name), name, from, logger, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    /// <remarks>
    /// Pravega has no index by time. This store keeps one in a table segment beside the stream, by parts of some megabytes, so
    /// that a search reads little; what several writers have written at once, the first search reads.
    /// </remarks>
    public Task<StreamPosition> FindAsync(StreamName name, long timestamp, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync(name, async () =>
        {
            var (last, info, _) = await ChainOf(name).LastAsync(cancellationToken).ConfigureAwait(false);
            var head = await ChainOf(name).HeadAsync(cancellationToken).ConfigureAwait(false);
            return await TimesOf(name).FindAsync(
                timestamp, head, new StreamPosition(last.Epoch, info.Length), from => OpenReaderAsync(name, from, cancellationToken),
                cancellationToken).ConfigureAwait(false);
        });

    /// <inheritdoc/>
    public Task<ReaderCheckpoint?> ReadCheckpointAsync(StreamName name, string reader, CancellationToken cancellationToken = default) =>
        PravegaErrors.GuardAsync(name, () => StateOf(name).ReadAsync(reader, cancellationToken));

    /// <inheritdoc/>
    public Task WriteCheckpointAsync(StreamName name, ReaderCheckpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return PravegaErrors.GuardAsync(name, async () =>
        {
            var state = StateOf(name);
            await state.WriteAsync(checkpoint, cancellationToken).ConfigureAwait(false);
            if (!checkpoint.Counts || !(await state.OptionsAsync(cancellationToken).ConfigureAwait(false)).TruncateConsumed) return true;
            var readers = await state.ListAsync(cancellationToken).ConfigureAwait(false);
            if (readers.Where(r => r.Counts).Select(r => (StreamPosition?)r.Position).Min() is { } consumed)
                await GiveUpAsync(name, consumed, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => client.DisposeAsync();

    private static StreamConfiguration Configuration(StreamOptions options) => new()
    {
        Scaling = new ScalingPolicy.Fixed(1),
        // Pravega takes one of both: an age where there is one, since it is the narrower wish.
        Retention = options.MaxAge is { } age ? new RetentionPolicy.ByTime(age) : new RetentionPolicy.BySize(options.MaxBytes),
        Tags = [Tag],
    };

    private async Task TakeOverAsync(ScopedStream stream, StreamConfiguration wanted, CancellationToken cancellationToken)
    {
        var there = await client.Controller.GetStreamConfigurationAsync(stream, cancellationToken).ConfigureAwait(false);
        if (there.Retention == wanted.Retention && there.Tags.Contains(Tag)) return;
        try
        {
            var changed = there with { Retention = wanted.Retention, Tags = [.. there.Tags.Append(Tag).Distinct()] };
            await client.Controller.UpdateStreamAsync(stream, changed, cancellationToken).ConfigureAwait(false);
        }
        catch (PravegaStreamSealedException)
        {
            // Nothing of it changes any more.
        }
    }

    private async Task GiveUpAsync(StreamName name, StreamPosition before, CancellationToken cancellationToken)
    {
        var chain = ChainOf(name);
        if (!heads.TryGetValue(name, out var head)) heads[name] = head = await chain.HeadAsync(cancellationToken).ConfigureAwait(false);
        var (worth, _) = await StateOf(name).OptionsAsync(cancellationToken).ConfigureAwait(false);
        if (before <= head || (before.Epoch == head.Epoch && before.Offset - head.Offset < worth)) return;
        var (last, info, isSealed) = await chain.LastAsync(cancellationToken).ConfigureAwait(false);
        if (isSealed) return;
        var tail = new StreamPosition(last.Epoch, info.Length);
        // Pravega does not look whether an offset lies behind the end.
        if (before > tail) before = tail;
        if (await chain.SegmentOfAsync(before.Epoch, cancellationToken).ConfigureAwait(false) is not { } segment) return;
        var cut = new StreamCut(chain.Stream, [KeyValuePair.Create(segment.Id, before.Offset)]);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await client.Controller.TruncateStreamAsync(cut, cancellationToken).ConfigureAwait(false);
                heads[name] = before;
                await TimesOf(name).GiveUpAsync(before, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PravegaException e) when (e is not (PravegaNotFoundException or PravegaStreamSealedException))
            {
                // Another truncation is under way, maybe of another process, and may have gone further.
                PravegaStoreMessages.TruncationFails(logger, name, before, e.Message);
                heads[name] = head = await chain.HeadAsync(cancellationToken).ConfigureAwait(false);
                if (head >= before) return;
                if (attempt == TruncationAttempts) throw;
                await Task.Delay(TruncationPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task RemoveAsync(StreamName name, CancellationToken cancellationToken)
    {
        var stream = StreamOf(name);
        try
        {
            await client.Controller.SealStreamAsync(stream, cancellationToken).ConfigureAwait(false);
            await client.Controller.DeleteStreamAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (PravegaNotFoundException)
        {
            // Deleted by another process, or by a deletion that was broken off after this.
        }
        await StateOf(name).ClearAsync(cancellationToken).ConfigureAwait(false);
        heads.TryRemove(name, out _);
        TimesOf(name).Forget();
    }

    private async Task<long> BytesAsync(
        SegmentChain chain, StreamPosition head, StreamSegment last, SegmentInfo info, CancellationToken cancellationToken)
    {
        if (head.Epoch == last.Epoch) return info.Length - head.Offset;
        var bytes = info.Length - head.Offset;
        var segment = await chain.SegmentOfAsync(head.Epoch, cancellationToken).ConfigureAwait(false);
        while (segment is { } at && at != last)
        {
            bytes += (await client.GetSegmentInfoAsync(at, cancellationToken).ConfigureAwait(false))?.Length ?? 0;
            segment = await chain.NextAsync(at, cancellationToken).ConfigureAwait(false);
        }
        return bytes;
    }

    /// <summary>What it reaches Pravega by.</summary>
    internal PravegaClient Client => client;

    /// <summary>How long appends wait for a Pravega that has gone.</summary>
    internal TimeSpan RetryFor => options.RetryFor;

    /// <summary>The name of a stream in Pravega.</summary>
    internal ScopedStream StreamOf(StreamName name) => new(options.ScopePrefix + name.Scope, name.Stream);

    private SegmentChain ChainOf(StreamName name) => new(client, StreamOf(name), name);

    private TimeIndex TimesOf(StreamName name) => times.GetOrAdd(name, n => TimesOf(StreamOf(n)));

    /// <summary>The index by time of a stream, or of a queue that looks like one.</summary>
    internal TimeIndex TimesOf(ScopedStream stream) => new(client.OpenTable(stream.Scope, StreamState.TableName(stream.Stream + ".times")));

    private StreamState StateOf(StreamName name) => states.GetOrAdd(name, n =>
    {
        var stream = StreamOf(n);
        return new StreamState(client.OpenTable(stream.Scope, StreamState.TableName(stream.Stream)), n);
    });
}
