using Weir.Streams;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Retention;

/// <summary>What retention is about to let go: the oldest video up to a keyframe. Made without changing anything.</summary>
public sealed record RetentionPlan
{
    /// <summary>Fragments that go.</summary>
    public int Fragments { get; init; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Where what goes begins, in µs since 1970 UTC; null where nothing goes.</summary>
    public long? From { get; init; }

    /// <summary>Where it ends.</summary>
    public long? To { get; init; }

    /// <summary>Fragments that go because of their age; the others go as there are too many bytes.</summary>
    public int ByAge { get; init; }

    /// <summary>Where what is kept begins, in µs since 1970 UTC; null where nothing is recorded.</summary>
    public long? Oldest { get; init; }

    /// <summary>Bytes of video that stay.</summary>
    public long KeptBytes { get; init; }

    /// <summary>
    /// Fragments that are older than their mode allows and stay for now: a stream gives back space from its beginning only, and
    /// what lies before them is to stay longer.
    /// </summary>
    public int HeldFragments { get; init; }

    /// <summary>Their bytes.</summary>
    public long HeldBytes { get; init; }

    /// <summary>How long it takes at the present rate until the bytes are used up; null where that is not known.</summary>
    public TimeSpan? Lasts { get; init; }

    private StreamPosition? VideoBefore { get; init; }

    private StreamPosition? IndexBefore { get; init; }

    /// <summary>Makes the plan.</summary>
    /// <param name="store">The recordings.</param>
    /// <param name="options">How long they are kept.</param>
    /// <param name="now">In µs since 1970 UTC.</param>
    /// <param name="hold">What begins here or later must stay, in µs since 1970 UTC; null where nothing is held.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<RetentionPlan> MakeAsync(
        VideoStore store, RetentionOptions options, long now, long? hold = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        if (!await store.ExistsAsync(cancellationToken).ConfigureAwait(false)) return new RetentionPlan();
        var head = await store.HeadAsync(cancellationToken).ConfigureAwait(false) ?? StreamPosition.Earliest;
        // What comes from now on is not in the plan.
        var tail = (await store.Streams.DescribeAsync(store.Video, cancellationToken).ConfigureAwait(false))?.Tail;
        var entries = new List<(IndexEntry Entry, StreamPosition Place)>();
        await foreach (var read in store.WalkAsync(StreamPosition.Earliest, cancellationToken).ConfigureAwait(false))
            if (read.Entry.Kind != IndexEntryKind.Fragment || read.Entry.Position >= head) entries.Add(read);

        var total = entries.Sum(read => (long)read.Entry.Bytes);
        var cut = Cut(entries, options, now, hold ?? long.MaxValue, total);
        var gone = entries[..cut].Where(read => read.Entry.Kind == IndexEntryKind.Fragment).Select(read => read.Entry).ToList();
        var kept = entries[cut..].Where(read => read.Entry.Kind == IndexEntryKind.Fragment).Select(read => read.Entry).ToList();
        var held = kept.Where(entry => IsOld(entry, options, now)).ToList();
        var bytes = gone.Sum(entry => (long)entry.Bytes);
        return new RetentionPlan
        {
            Fragments = gone.Count,
            Bytes = bytes,
            From = gone.Count == 0 ? null : gone[0].Time,
            To = gone.Count == 0 ? null : gone[^1].End,
            ByAge = gone.Count(entry => IsOld(entry, options, now)),
            Oldest = kept.Count == 0 ? null : kept[0].Time,
            KeptBytes = total - bytes,
            HeldFragments = held.Count,
            HeldBytes = held.Sum(entry => (long)entry.Bytes),
            Lasts = LastsFor(kept, options),
            VideoBefore = gone.Count == 0 ? null : kept.Count > 0 ? kept[0].Position : tail,
            IndexBefore = cut > 0 && cut < entries.Count ? entries[cut].Place : null,
        };
    }

    /// <summary>Lets go what the plan says.</summary>
    public async Task ApplyAsync(VideoStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        // The video first: an entry without video is passed over, video without an entry would never go.
        if (VideoBefore is { } video) await store.TruncateAsync(video, cancellationToken).ConfigureAwait(false);
        if (IndexBefore is { } index) await store.Streams.TruncateAsync(store.Index, index, cancellationToken).ConfigureAwait(false);
    }

    private static int Cut(
        List<(IndexEntry Entry, StreamPosition Place)> entries, RetentionOptions options, long now, long hold, long total)
    {
        // A stream gives back space from its beginning only, and play has to begin with a keyframe.
        var (cut, bytes) = (0, total);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i].Entry;
            if (entry.Kind != IndexEntryKind.Fragment || entry.IsKeyframe) cut = i;
            if (entry.End > hold || !IsOld(entry, options, now) && bytes <= options.MaxBytes) return cut;
            bytes -= entry.Bytes;
        }
        return entries.Count;
    }

    private static bool IsOld(IndexEntry entry, RetentionOptions options, long now) =>
        entry.End < now - (long)options.AgeOf(entry.Mode).TotalMicroseconds;

    private static TimeSpan? LastsFor(List<IndexEntry> kept, RetentionOptions options)
    {
        if (kept.Count < 2) return null;
        // Of the last day: what is the present rate is not told by how it was set up last month.
        var recent = kept.Where(entry => entry.Time >= kept[^1].End - (long)TimeSpan.FromDays(1).TotalMicroseconds).ToList();
        var bytes = recent.Sum(entry => (double)entry.Bytes);
        return bytes > 0 ? TimeSpan.FromMicroseconds(Math.Min((recent[^1].End - recent[0].Time) / bytes * options.MaxBytes, 1e17)) : null;
    }
}
