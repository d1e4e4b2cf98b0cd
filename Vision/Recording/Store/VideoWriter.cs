using Weir.Streams;

namespace Weir.Vision.Recording.Store;

/// <summary>
/// Appends to the recordings of a camera: the video first, then its entry in the index. What a crash left without an entry
/// gets it when the next writer opens. For one caller at a time.
/// </summary>
internal sealed class VideoWriter : IAsyncDisposable
{
    private static readonly Guid WriterId = new("6f1d0c1e-6a55-4a0e-9f43-0c6b6f7a2d51");
    private const string Reader = "recorder";
    private const int EntriesACheckpoint = 256;

    private readonly VideoStore store;
    private readonly IStreamWriter video;
    private readonly IStreamWriter index;
    private readonly StreamEvent[] one = new StreamEvent[1];
    private IndexEntry? unindexed;
    private int sinceCheckpoint;

    private VideoWriter(VideoStore store, IStreamWriter video, IStreamWriter index) => (this.store, this.video, this.index) = (store, video, index);

    /// <summary>The newest entry; null before the first.</summary>
    public IndexEntry? Last { get; private set; }

    /// <summary>Opens the streams, which must exist, and brings the index up to the video.</summary>
    /// <exception cref="StreamStoreException">The store cannot be worked with just now.</exception>
    public static async Task<VideoWriter> OpenAsync(VideoStore store, CancellationToken cancellationToken)
    {
        var video = await store.Streams.OpenWriterAsync(store.Video, WriterId, cancellationToken).ConfigureAwait(false);
        var index = await store.Streams.OpenWriterAsync(store.Index, WriterId, cancellationToken).ConfigureAwait(false);
        var writer = new VideoWriter(store, video, index);
        await writer.RecoverAsync(cancellationToken).ConfigureAwait(false);
        return writer;
    }

    /// <summary>Appends a fragment. After a failure it may be called again with the same.</summary>
    /// <param name="entry">What the index is to say; its position is filled in here.</param>
    /// <param name="payload">The event: head, initialisation and fragment.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StreamStoreException">The store did not take it.</exception>
    public async Task AppendAsync(IndexEntry entry, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (unindexed?.Time != entry.Time)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            one[0] = new StreamEvent(payload, entry.End);
            var range = await video.AppendAsync(new EventBatch(one), cancellationToken).ConfigureAwait(false);
            // From here on the video is safe: should its entry fail, only that is repeated.
            unindexed = entry with { Position = range.First };
        }
        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends an entry that has no video: a gap, or the end of recording.</summary>
    public async Task NoteAsync(IndexEntry entry, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await IndexAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await video.DisposeAsync().ConfigureAwait(false);
        await index.DisposeAsync().ConfigureAwait(false);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (unindexed is not { } entry) return;
        await IndexAsync(entry, cancellationToken).ConfigureAwait(false);
        unindexed = null;
    }

    private async Task IndexAsync(IndexEntry entry, CancellationToken cancellationToken)
    {
        one[0] = entry.ToEvent();
        var range = await index.AppendAsync(new EventBatch(one), cancellationToken).ConfigureAwait(false);
        Last = entry;
        if (++sinceCheckpoint < EntriesACheckpoint) return;
        // So that the next start need not read the whole index to know its last entry.
        await store.Streams.WriteCheckpointAsync(store.Index, new ReaderCheckpoint(Reader, range.First, Counts: false), cancellationToken).ConfigureAwait(false);
        sinceCheckpoint = 0;
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var from = (await store.Streams.ReadCheckpointAsync(store.Index, Reader, cancellationToken).ConfigureAwait(false))?.Position;
        IndexEntry? lastFragment = null;
        await foreach (var (entry, _) in store.WalkAsync(from ?? StreamPosition.Earliest, cancellationToken).ConfigureAwait(false))
        {
            Last = entry;
            if (entry.Kind == IndexEntryKind.Fragment) lastFragment = entry;
        }
        await using var reader = await store.Streams.OpenReaderAsync(
            store.Video, lastFragment?.Position ?? StreamPosition.Earliest, cancellationToken).ConfigureAwait(false);
        while (await reader.TryReadAsync(16, cancellationToken: cancellationToken).ConfigureAwait(false) is { } batch)
        {
            List<IndexEntry> missing = [];
            foreach (var stored in batch.Events.Span)
            {
                if (stored.Position == lastFragment?.Position) continue;
                var entry = VideoEvent.Parse(stored.Position, stored.Payload.Span).Entry;
                if (Last is null || entry.Time >= Last.End) missing.Add(entry);
            }
            batch.Release();
            foreach (var entry in missing) await IndexAsync(entry, cancellationToken).ConfigureAwait(false);
            if (batch.EndOfStream) break;
        }
    }
}
