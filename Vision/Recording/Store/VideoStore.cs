using Weir.Streams;

namespace Weir.Vision.Recording.Store;

/// <summary>
/// The recorded video of one camera, or of one window of it: a video stream and its time index. Reading may go on from
/// any thread while one <see cref="VideoWriter"/> writes.
/// </summary>
public sealed class VideoStore
{
    private const string VideoScope = "video";
    private const string IndexScope = "video-index";
    private const string WindowScope = "video-window";
    private const string WindowIndexScope = "video-window-index";

    /// <summary>How far before a time the keyframe is looked for that pictures of that time need.</summary>
    private const long KeyframeLookback = 60_000_000;
    private const int EntriesARead = 4096;
    private const string Retention = "retention";

    private readonly IStreamStore streams;
    private readonly bool isWindow;

    private VideoStore(IStreamStore streams, StreamName video, StreamName index, bool isWindow)
    {
        this.streams = streams;
        (Video, Index, this.isWindow) = (video, index, isWindow);
    }

    /// <summary>The stream of video.</summary>
    public StreamName Video { get; }

    /// <summary>The stream of index entries.</summary>
    public StreamName Index { get; }

    internal IStreamStore Streams => streams;

    /// <summary>The recordings of a camera.</summary>
    public static VideoStore OfCamera(IStreamStore streams, string camera) =>
        new(streams, new StreamName(VideoScope, camera), new StreamName(IndexScope, camera), isWindow: false);

    /// <summary>What is kept of a camera for a window.</summary>
    public static VideoStore OfWindow(IStreamStore streams, string camera, string window) =>
        new(streams, new StreamName(WindowScope, $"{camera}.{window}"), new StreamName(WindowIndexScope, $"{camera}.{window}"), isWindow: true);

    /// <summary>The cameras that have recordings in a store, whether or not they still exist.</summary>
    public static async Task<IReadOnlyList<string>> CamerasAsync(IStreamStore streams, CancellationToken cancellationToken = default) =>
        [.. (await streams.ListAsync(cancellationToken).ConfigureAwait(false))
            .Where(stream => stream.Name.Scope == VideoScope).Select(stream => stream.Name.Stream)];

    /// <summary>Whether anything was ever recorded.</summary>
    public async Task<bool> ExistsAsync(CancellationToken cancellationToken = default) =>
        await streams.DescribeAsync(Index, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Bytes of video on disk.</summary>
    public async Task<long> BytesAsync(CancellationToken cancellationToken = default) =>
        (await streams.DescribeAsync(Video, cancellationToken).ConfigureAwait(false))?.Bytes ?? 0;

    /// <summary>Makes the streams where they are missing, and gives them their budget.</summary>
    /// <param name="maxBytes">Most bytes of video that the store keeps whatever retention says; null for no such limit.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task CreateAsync(long? maxBytes, CancellationToken cancellationToken = default)
    {
        // Space comes back by whole segments: small ones for little video.
        const long least = 64L << 10;
        var segment = isWindow ? 4L << 20 : Math.Clamp((maxBytes ?? long.MaxValue) / 32, least, 32L << 20);
        await streams.CreateAsync(
            Video, new StreamOptions { SegmentBytes = segment, MaxBytes = Math.Max(maxBytes ?? 1L << 50, 2 * segment) }, cancellationToken).ConfigureAwait(false);
        await streams.CreateAsync(
            Index, new StreamOptions { SegmentBytes = 1L << 20, MaxBytes = 1L << 40 }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes both streams.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken = default)
    {
        await streams.DeleteAsync(Index, cancellationToken).ConfigureAwait(false);
        await streams.DeleteAsync(Video, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The entries of a range of time, in order. The first fragment begins with a keyframe, which may lie before the range.
    /// </summary>
    /// <param name="from">In µs since 1970 UTC.</param>
    /// <param name="to">Where to stop, in µs since 1970 UTC.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<IndexEntry>> ReadAsync(long from, long to, CancellationToken cancellationToken = default)
    {
        var entries = new List<IndexEntry>();
        if (await HeadAsync(cancellationToken).ConfigureAwait(false) is not { } head || !await ExistsAsync(cancellationToken).ConfigureAwait(false)) return entries;
        var start = await streams.FindAsync(Index, Math.Max(0, from - KeyframeLookback), cancellationToken).ConfigureAwait(false);
        await foreach (var (entry, _) in WalkAsync(start, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Time >= to) break;
            if (entry.Kind != IndexEntryKind.Fragment || entry.Position >= head) entries.Add(entry);
        }
        var first = entries.FindIndex(entry => entry.End > from);
        return first < 0 ? [] : entries[KeyframeOf(entries, first)..];
    }

    /// <summary>Reads the index on from a position to the tail, each entry with the place before it.</summary>
    internal async IAsyncEnumerable<(IndexEntry Entry, StreamPosition Place)> WalkAsync(
        StreamPosition from, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var reader = await streams.OpenReaderAsync(Index, from, cancellationToken).ConfigureAwait(false);
        while (await reader.TryReadAsync(EntriesARead, cancellationToken: cancellationToken).ConfigureAwait(false) is { } batch)
        {
            for (var i = 0; i < batch.Events.Length; i++)
            {
                var stored = batch.Events.Span[i];
                if (IndexEntry.Parse(stored.Payload.Span) is { } entry) yield return (entry, stored.Position);
            }
            batch.Release();
            if (batch.EndOfStream) yield break;
        }
    }

    /// <summary>The initialisation that the fragment at a position carries; null where it is not there any more, or carries none.</summary>
    public async Task<byte[]?> ReadInitAsync(StreamPosition position, CancellationToken cancellationToken = default)
    {
        byte[]? found = null;
        await ReadEventsAsync(position, 1, (_, init, _) => found = init.IsEmpty ? null : init.ToArray(), cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>The bytes of fragments that lie one behind the other; null where one of them is not there any more.</summary>
    public async Task<byte[]?> ReadFragmentsAsync(StreamPosition position, int count, CancellationToken cancellationToken = default)
    {
        var bytes = new MemoryStream();
        return await ReadEventsAsync(position, count, (_, _, fragment) => bytes.Write(fragment), cancellationToken).ConfigureAwait(false)
            ? bytes.ToArray()
            : null;
    }

    internal delegate void TakeVideo(IndexEntry entry, ReadOnlySpan<byte> init, ReadOnlySpan<byte> fragment);

    /// <returns>False where one of the events is not there (any more, or yet).</returns>
    internal async Task<bool> ReadEventsAsync(StreamPosition position, int count, TakeVideo take, CancellationToken cancellationToken)
    {
        if (await HeadAsync(cancellationToken).ConfigureAwait(false) is not { } head || position < head) return false;
        await using var reader = await streams.OpenReaderAsync(Video, position, cancellationToken).ConfigureAwait(false);
        while (count > 0)
        {
            if (await reader.TryReadAsync(count, cancellationToken: cancellationToken).ConfigureAwait(false) is not { Gap: null } batch) return false;
            if (batch.Events.IsEmpty) return false;
            foreach (var stored in batch.Events.Span)
            {
                var found = VideoEvent.Parse(stored.Position, stored.Payload.Span);
                take(found.Entry, found.Init, found.Fragment);
            }
            count -= batch.Events.Length;
            batch.Release();
        }
        return true;
    }

    /// <summary>
    /// Where the video begins that is kept; null where there is no stream. The stream itself gives up whole segments only,
    /// and its index others: what was let go is not to be seen for a while longer, and then not.
    /// </summary>
    internal async Task<StreamPosition?> HeadAsync(CancellationToken cancellationToken)
    {
        if (await streams.DescribeAsync(Video, cancellationToken).ConfigureAwait(false) is not { } video) return null;
        var kept = video.Readers.FirstOrDefault(reader => reader.Reader == Retention)?.Position;
        return kept > video.Head ? kept : video.Head;
    }

    /// <summary>Lets go of all video before a position; null for all there is.</summary>
    internal async Task TruncateAsync(StreamPosition? before, CancellationToken cancellationToken)
    {
        if (await streams.DescribeAsync(Video, cancellationToken).ConfigureAwait(false) is not { } video) return;
        var head = before ?? video.Tail;
        await streams.WriteCheckpointAsync(Video, new ReaderCheckpoint(Retention, head, Counts: false), cancellationToken).ConfigureAwait(false);
        await streams.TruncateAsync(Video, head, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where play has to begin so that a fragment can be shown.</summary>
    private static int KeyframeOf(List<IndexEntry> entries, int wanted)
    {
        var run = entries[wanted].Run;
        for (var i = wanted; i >= 0 && entries[i] is { Kind: IndexEntryKind.Fragment } entry && entry.Run == run; i--)
            if (entry.IsKeyframe) return i;
        return wanted;
    }
}
