using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Weir.Pravega;

namespace Weir.Streams.Pravega.Shared;

/// <summary>
/// The queues of one stream provider in one Pravega stream that scales by itself. To the provider each looks like a stream of
/// its own; other streams are those of the store beneath.
/// </summary>
internal sealed class SharedStreamStore : IStreamStore
{
    private const string Tag = "weir-queues";
    private const long MostChunkBytes = 4L << 20;

    private readonly PravegaStreamStore store;
    private readonly SharedStreamOptions options;
    private readonly bool ownsStore;
    private readonly ILogger logger;
    private readonly ScopedStream stream;
    private readonly KeyRanges ranges;
    private readonly StreamName[] names;
    private readonly QueueOrder[] orders;
    private readonly StreamState[] states;
    private readonly TimeIndex[] times;
    private readonly ConcurrentDictionary<long, SegmentRange> segments = new();
    private readonly SemaphoreSlim opening = new(1, 1);
    private EventWriter? writer;
    private StreamCut? head;
    private StreamOptions? madeWith;

    /// <param name="store">The store beneath.</param>
    /// <param name="scope">The scope of the provider's streams.</param>
    /// <param name="provider">The provider's name, which the shared stream has, too.</param>
    /// <param name="queues">How many queues there are.</param>
    /// <param name="options">How the stream is scaled.</param>
    /// <param name="ownsStore">Whether the store beneath ends with this one.</param>
    /// <param name="logger">Where gaps and failures are told.</param>
    public SharedStreamStore(
        PravegaStreamStore store, string scope, string provider, int queues, SharedStreamOptions options, bool ownsStore = false, ILogger? logger = null)
    {
        (this.store, this.options, this.ownsStore, this.logger) = (store, options, ownsStore, logger ?? NullLogger.Instance);
        ranges = new KeyRanges(queues);
        stream = store.StreamOf(new StreamName(scope, provider));
        names = [.. Enumerable.Range(0, queues).Select(queue => Provider.ProviderQueues.NameOf(scope, provider, queue))];
        states = [.. names.Select(name => new StreamState(Table(name, "range"), name))];
        orders = [.. names.Select((name, queue) => new QueueOrder(Table(name, "order"), name, stream, ranges[queue].Low, ranges[queue].High))];
        times = [.. names.Select(name => store.TimesOf(Beside(name, "range")))];
    }

    private PravegaClient Client => store.Client;

    /// <inheritdoc/>
    public Task<bool> CreateAsync(StreamName name, StreamOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (QueueOf(name) is not { } queue) return store.CreateAsync(name, options, cancellationToken);
        return PravegaErrors.GuardAsync(name, async () =>
        {
            // A queue of another range is told before anything is changed.
            await orders[queue].IsThereAsync(cancellationToken).ConfigureAwait(false);
            await MakeStreamAsync(options, cancellationToken).ConfigureAwait(false);
            await states[queue].CreateAsync(options, cancellationToken).ConfigureAwait(false);
            var isMade = await orders[queue].CreateAsync(() => HeadOfAsync(queue, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (isMade) await times[queue].BeginAsync(cancellationToken).ConfigureAwait(false);
            return isMade;
        });
    }

    /// <inheritdoc/>
    public Task<StreamDescription?> DescribeAsync(StreamName name, CancellationToken cancellationToken = default)
    {
        if (QueueOf(name) is not { } queue) return store.DescribeAsync(name, cancellationToken);
        return PravegaErrors.GuardAsync(name, async () =>
        {
            if (await orders[queue].LoadWithFirstAsync(cancellationToken).ConfigureAwait(false) is not { } order) return null;
            var (start, end) = (order.First.Start, order.End.Position);
            var readers = await states[queue].ListAsync(cancellationToken).ConfigureAwait(false);
            return (StreamDescription?)new StreamDescription(name, new StreamPosition(0, start), new StreamPosition(0, end), end - start, null, false, readers);
        });
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StreamDescription>> ListAsync(CancellationToken cancellationToken = default)
    {
        var all = new List<StreamDescription>(await store.ListAsync(cancellationToken).ConfigureAwait(false));
        foreach (var name in names)
        {
            if (await DescribeAsync(name, cancellationToken).ConfigureAwait(false) is { } queue) all.Add(queue);
        }
        all.Sort((a, b) => a.Name.CompareTo(b.Name));
        return all;
    }

    /// <inheritdoc/>
    public Task SealAsync(StreamName name, CancellationToken cancellationToken = default) =>
        QueueOf(name) is null ? store.SealAsync(name, cancellationToken) : throw NotAlone(name, "sealed");

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken = default) =>
        QueueOf(name) is null ? store.DeleteAsync(name, cancellationToken) : throw NotAlone(name, "deleted");

    /// <inheritdoc/>
    public Task TruncateAsync(StreamName name, StreamPosition before, CancellationToken cancellationToken = default)
    {
        if (QueueOf(name) is not { } queue) return store.TruncateAsync(name, before, cancellationToken);
        return PravegaErrors.GuardAsync(name, async () =>
        {
            await orders[queue].GiveUpAsync(before.Offset, cancellationToken).ConfigureAwait(false);
            await TruncateStreamAsync(queue, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <inheritdoc/>
    public async Task<IStreamWriter> OpenWriterAsync(StreamName name, Guid writerId, CancellationToken cancellationToken = default)
    {
        if (QueueOf(name) is not { } queue) return await store.OpenWriterAsync(name, writerId, cancellationToken).ConfigureAwait(false);
        await PravegaErrors.GuardAsync(name, () => WriterAsync(cancellationToken)).ConfigureAwait(false);
        return new SharedStreamWriter(name, queue, ranges, WriterAsync);
    }

    /// <inheritdoc/>
    public Task<IStreamReader> OpenReaderAsync(StreamName name, StreamPosition from, CancellationToken cancellationToken = default)
    {
        if (QueueOf(name) is not { } queue) return store.OpenReaderAsync(name, from, cancellationToken);
        return PravegaErrors.GuardAsync<IStreamReader>(name, async () =>
        {
            var (segmentBytes, _) = await states[queue].OptionsAsync(cancellationToken).ConfigureAwait(false);
            return await SharedStreamReader.OpenAsync(
                Client, orders[queue], from, Math.Min(segmentBytes, MostChunkBytes), logger, cancellationToken).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public Task<StreamPosition> FindAsync(StreamName name, long timestamp, CancellationToken cancellationToken = default)
    {
        if (QueueOf(name) is not { } queue) return store.FindAsync(name, timestamp, cancellationToken);
        return PravegaErrors.GuardAsync(name, async () =>
        {
            await using var latest = await OpenReaderAsync(name, StreamPosition.Latest, cancellationToken).ConfigureAwait(false);
            var (_, first) = await orders[queue].LoadWithFirstAsync(cancellationToken).ConfigureAwait(false) ?? throw new StreamNotFoundException(name);
            return await times[queue].FindAsync(
                timestamp, new StreamPosition(0, first.Start), latest.Position, from => OpenReaderAsync(name, from, cancellationToken), cancellationToken).ConfigureAwait(false);
        });
    }

    /// <inheritdoc/>
    public Task<ReaderCheckpoint?> ReadCheckpointAsync(StreamName name, string reader, CancellationToken cancellationToken = default) =>
        QueueOf(name) is { } queue
            ? PravegaErrors.GuardAsync(name, () => states[queue].ReadAsync(reader, cancellationToken))
            : store.ReadCheckpointAsync(name, reader, cancellationToken);

    /// <inheritdoc/>
    public Task WriteCheckpointAsync(StreamName name, ReaderCheckpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (QueueOf(name) is not { } queue) return store.WriteCheckpointAsync(name, checkpoint, cancellationToken);
        return PravegaErrors.GuardAsync(name, async () =>
        {
            await states[queue].WriteAsync(checkpoint, cancellationToken).ConfigureAwait(false);
            return true;
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref writer, null) is { } open) await open.DisposeAsync().ConfigureAwait(false);
        if (ownsStore) await store.DisposeAsync().ConfigureAwait(false);
    }

    private int? QueueOf(StreamName name) => Array.IndexOf(names, name) is >= 0 and var queue ? queue : null;

    // Apart from the table of a stream of that name, whose positions are others.
    private ScopedStream Beside(StreamName name, string what)
    {
        var own = store.StreamOf(name);
        return new ScopedStream(own.Scope, $"{own.Stream}.{what}");
    }

    private TableSegment Table(StreamName name, string what) => Client.OpenTable(Beside(name, what).Scope, StreamState.TableName(Beside(name, what).Stream));

    private async Task MakeStreamAsync(StreamOptions kept, CancellationToken cancellationToken)
    {
        // One after another, the queues ask for the same.
        if (kept == madeWith) return;
        await Client.Controller.CreateScopeAsync(stream.Scope, cancellationToken).ConfigureAwait(false);
        var wanted = new StreamConfiguration
        {
            Scaling = options.ScalingFor(ranges.Count),
            // The budget of a queue, for each of them.
            Retention = kept.MaxAge is { } age ? new RetentionPolicy.ByTime(age) : new RetentionPolicy.BySize(kept.MaxBytes * ranges.Count),
            Tags = [Tag],
        };
        if (!await Client.Controller.CreateStreamAsync(stream, wanted, cancellationToken).ConfigureAwait(false))
            await TakeOverAsync(wanted, cancellationToken).ConfigureAwait(false);
        madeWith = kept;
    }

    private async Task TakeOverAsync(StreamConfiguration wanted, CancellationToken cancellationToken)
    {
        var there = await Client.Controller.GetStreamConfigurationAsync(stream, cancellationToken).ConfigureAwait(false);
        if (!there.Tags.Contains(Tag))
            throw new StreamStoreException($"The stream '{stream}' is not one that queues share; take another name for the provider.");
        if (there.Scaling != wanted.Scaling || there.Retention != wanted.Retention)
            await Client.Controller.UpdateStreamAsync(stream, there with { Scaling = wanted.Scaling, Retention = wanted.Retention }, cancellationToken).ConfigureAwait(false);
    }

    // The oldest events of a queue's range.
    private async Task<StreamCut> HeadOfAsync(int queue, CancellationToken cancellationToken)
    {
        var (low, high) = ranges[queue];
        await using var reader = await Client.OpenReaderAsync(
            stream, new EventReaderOptions { LowKey = low, HighKey = high }, cancellationToken).ConfigureAwait(false);
        return reader.Position;
    }

    private async Task<EventWriter> WriterAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref writer) is { HasFailed: false } open) return open;
        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (writer is { HasFailed: false } other) return other;
            if (writer is { } failed) await failed.DisposeAsync().ConfigureAwait(false);
            var opened = await Client.OpenWriterAsync(stream, new EventWriterOptions { RetryFor = store.RetryFor }, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref writer, opened);
            return opened;
        }
        finally
        {
            opening.Release();
        }
    }

    // Up to where the slowest queue is, when a segment's worth of bytes comes free by it.
    private async Task TruncateStreamAsync(int byQueue, CancellationToken cancellationToken)
    {
        var needed = new List<List<(SegmentRange, long)>>();
        foreach (var order in orders)
        {
            // A queue that was never made holds nothing back.
            if (await order.LoadAsync(cancellationToken).ConfigureAwait(false) is null) continue;
            var cutOfQueue = await order.GiveUpAsync(0, cancellationToken).ConfigureAwait(false);
            needed.Add(await RangesAsync(cutOfQueue, cancellationToken).ConfigureAwait(false));
        }
        if (SharedTruncation.Together(stream, needed) is not { } cut) return;
        head ??= await Client.Controller.GetHeadAsync(stream, cancellationToken).ConfigureAwait(false);
        var (worth, _) = await states[byQueue].OptionsAsync(cancellationToken).ConfigureAwait(false);
        if (!IsWorth(cut, head, worth)) return;
        try
        {
            await Client.Controller.TruncateStreamAsync(cut, cancellationToken).ConfigureAwait(false);
            head = cut;
        }
        catch (PravegaException e) when (e is not PravegaNotFoundException)
        {
            // Another truncation is under way, or has gone further; the next one comes here again.
            PravegaStoreMessages.SharedTruncationFails(logger, stream.ToString(), e.Message);
            head = null;
        }
    }

    private static bool IsWorth(StreamCut cut, StreamCut head, long worth)
    {
        if (cut.Equals(head)) return false;
        // Segments that go as a whole are worth it.
        if (head.Offsets.Keys.Any(segment => !cut.Offsets.ContainsKey(segment))) return true;
        return cut.Offsets.Sum(entry => entry.Value - head.Offsets.GetValueOrDefault(entry.Key)) >= worth;
    }

    private async Task<List<(SegmentRange, long)>> RangesAsync(StreamCut cut, CancellationToken cancellationToken)
    {
        var found = new List<(SegmentRange, long)>();
        foreach (var (id, offset) in cut.Offsets)
        {
            if (!segments.TryGetValue(id, out var range))
            {
                var epoch = new StreamSegment(stream, id).Epoch;
                foreach (var one in await Client.Controller.GetEpochSegmentsAsync(stream, epoch, cancellationToken).ConfigureAwait(false))
                    segments[one.Segment.Id] = one;
                range = segments[id];
            }
            found.Add((range, offset));
        }
        return found;
    }

    private StreamStoreException NotAlone(StreamName name, string what) =>
        new($"The queue '{name}' cannot be {what} by itself: it shares the stream '{stream}' with others.");
}
