using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Capture;

/// <summary>
/// Decides what is kept. Fragments that are not wait in memory for as long as the pre-roll says, so that what came before
/// the reason is kept, too. What is held begins with a keyframe. For one caller at a time, but for <see cref="Want"/>.
/// </summary>
internal sealed class ModeGate(RecorderOptions options) : IDisposable
{
    /// <summary>Reasons come later than the pictures they are about: the model takes its time.</summary>
    private const long Patience = 5_000_000;

    private readonly Lock gate = new();
    private readonly Queue<Captured> held = [];
    private readonly long preRoll = (long)options.PreRoll.TotalMicroseconds;
    private readonly long postRoll = (long)options.PostRoll.TotalMicroseconds;
    private long heldBytes;
    private long wantedFrom = long.MaxValue;
    private long wantedTo = long.MinValue;
    private long lastEnd;
    private bool keeping;

    /// <summary>Whether what comes is kept just now.</summary>
    public bool IsKeeping => keeping;

    /// <summary>Has a range of time kept, with pre- and post-roll; may be called from any thread.</summary>
    public void Want(long from, long to)
    {
        lock (gate)
        {
            // What is apart from the range before begins a new one.
            wantedFrom = wantedTo < from - preRoll - postRoll ? from : Math.Min(wantedFrom, from);
            wantedTo = Math.Max(wantedTo, to);
        }
    }

    /// <summary>Takes a fragment; answers what is to be stored now, in order.</summary>
    public IEnumerable<Captured> Take(Captured fragment)
    {
        held.Enqueue(fragment);
        heldBytes += fragment.Entry.Bytes;
        lastEnd = fragment.Entry.End;
        var (from, to) = Wanted();
        // A reason may come late, so that it is about what is held and not about the newest.
        var last = held.LastOrDefault(next => next.Entry.End > from && next.Entry.Time < to);
        // What is kept ends before a keyframe, so that what is held begins with one.
        if (last is not null || keeping)
            last = held.SkipWhile(next => last is not null && next != last).Skip(last is null ? 0 : 1).TakeWhile(next => !next.Entry.IsKeyframe).LastOrDefault() ?? last;
        if (last is not null && !keeping) Trim(from);
        for (var more = last is not null; more;)
        {
            var next = held.Dequeue();
            heldBytes -= next.Entry.Bytes;
            keeping = true;
            more = next != last;
            yield return next;
        }
        if (held.Count == 0) yield break;
        if (keeping) yield return End(held.Peek().Entry.Time);
        keeping = false;
        Trim(lastEnd - preRoll - Patience);
    }

    /// <summary>Nothing has come for a while, or recording ends: what is held is let go of.</summary>
    public void Break()
    {
        while (held.TryDequeue(out var old)) old.Dispose();
        heldBytes = 0;
        keeping = false;
    }

    public void Dispose() => Break();

    private (long From, long To) Wanted()
    {
        if (options.Mode == RecordingMode.Continuous) return (long.MinValue, long.MaxValue);
        lock (gate) return wantedTo == long.MinValue ? (long.MaxValue, long.MinValue) : (wantedFrom - preRoll, wantedTo + postRoll);
    }

    private void Trim(long keepFrom)
    {
        while (held.Count > 0 && (heldBytes > options.MemoryBytes || NextKeyframe() is { } second && second.Entry.Time <= keepFrom))
            DropGroup();
    }

    private Captured? NextKeyframe() => held.Skip(1).FirstOrDefault(fragment => fragment.Entry.IsKeyframe);

    private void DropGroup()
    {
        do
        {
            var old = held.Dequeue();
            heldBytes -= old.Entry.Bytes;
            old.Dispose();
        }
        while (held.TryPeek(out var next) && !next.Entry.IsKeyframe);
    }

    private static Captured End(long time) => new(new IndexEntry { Kind = IndexEntryKind.End, Time = time }, null, null);
}
