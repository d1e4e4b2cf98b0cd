using System.Text.Json;

namespace Weir.Archive;

/// <summary>The gaps of an exchange, kept in a small file and ordered by key. May be used from any thread.</summary>
internal sealed class GapList
{
    /// <summary>Past this many, neighbours of one cause become one, so that the list stays small.</summary>
    private const int MaxGaps = 1_000;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private readonly Lock gate = new();
    private readonly string path;
    private List<MessageGap> gaps;
    private bool isSaved = true;

    private GapList(string path, List<MessageGap> gaps)
    {
        this.path = path;
        this.gaps = gaps;
    }

    /// <summary>All gaps, oldest first.</summary>
    public IReadOnlyList<MessageGap> All
    {
        get { lock (gate) return [.. gaps]; }
    }

    /// <summary>The key of the newest message that is known to be missing.</summary>
    public MessageKey Last
    {
        get { lock (gate) return gaps.Count == 0 ? default : gaps.Max(gap => gap.Last); }
    }

    /// <exception cref="InvalidDataException">The file is there and cannot be understood.</exception>
    public static GapList Open(string path)
    {
        if (!File.Exists(path)) return new GapList(path, []);
        try
        {
            return new GapList(path, JsonSerializer.Deserialize<List<MessageGap>>(File.ReadAllBytes(path), Json) ?? []);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"The list of gaps '{path}' cannot be understood: {error.Message} Move it away to go on without knowing what was lost before.", error);
        }
    }

    /// <summary>Keeps a gap; one that is known already changes nothing, so a failed attempt can be repeated.</summary>
    /// <exception cref="IOException">It is known but could not be written; <see cref="Save"/> tries again.</exception>
    public void Add(MessageGap gap)
    {
        lock (gate)
        {
            Note(gap);
            Save();
        }
    }

    /// <summary>Keeps a gap that <see cref="Save"/> is soon to write; for one that a restart would find by itself until then.</summary>
    public void Note(MessageGap gap)
    {
        lock (gate)
        {
            if (gaps.Exists(known => known.Cause == gap.Cause && known.First <= gap.First && known.Last >= gap.Last)) return;
            if (!TryExtend(gap))
            {
                gaps.Add(gap);
                gaps = Merged(gaps);
            }
            isSaved = false;
        }
    }

    /// <summary>Takes back what was said of a range: its messages are there again.</summary>
    /// <exception cref="IOException">It is known but could not be written; <see cref="Save"/> tries again.</exception>
    public void Withdraw(MessageKey first, MessageKey last, MessageGapCause cause)
    {
        lock (gate)
        {
            var at = gaps.FindIndex(gap => gap.Cause == cause && gap.IsSolid && gap.First.Sequence <= first.Sequence && gap.Last.Sequence >= last.Sequence);
            if (at < 0) return;
            var gap = gaps[at];
            gaps.RemoveAt(at);
            if (gap.First.Sequence < first.Sequence)
                gaps.Add(gap with { Last = new MessageKey(first.TimestampMicros, first.Sequence - 1), Messages = first.Sequence - gap.First.Sequence });
            if (gap.Last.Sequence > last.Sequence)
                gaps.Add(gap with { First = new MessageKey(last.TimestampMicros, last.Sequence + 1), Messages = gap.Last.Sequence - last.Sequence });
            gaps.Sort(static (left, right) => left.First.Sequence.CompareTo(right.First.Sequence));
            isSaved = false;
            Save();
        }
    }

    /// <summary>Writes the list if the last attempt did not succeed.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Save()
    {
        lock (gate)
        {
            if (isSaved) return;
            DurableFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(gaps, Json));
            isSaved = true;
        }
    }

    /// <summary>The gaps with at least one key between two.</summary>
    public IReadOnlyList<MessageGap> Between(MessageKey first, MessageKey last)
    {
        lock (gate) return [.. gaps.Where(gap => gap.First <= last && gap.Last >= first)];
    }

    /// <summary>Whether gaps speak of all sequences of a range.</summary>
    public bool Covers(long firstSequence, long lastSequence) => Covers(firstSequence, lastSequence, static _ => true);

    /// <summary>
    /// Whether all sequences of a range are known to be let go of for a cause. Gaps that have become one although
    /// something lies between them say nothing of that.
    /// </summary>
    public bool HasLetGo(long firstSequence, long lastSequence, params ReadOnlySpan<MessageGapCause> causes)
    {
        var wanted = causes.ToArray();
        return Covers(firstSequence, lastSequence, gap => gap.IsSolid && wanted.Contains(gap.Cause));
    }

    /// <summary>The parts of a range of sequences that no gap speaks of.</summary>
    public IReadOnlyList<(long First, long Last)> Uncovered(long firstSequence, long lastSequence)
    {
        lock (gate)
        {
            List<(long, long)> left = [];
            var next = firstSequence;
            foreach (var gap in gaps.Where(gap => gap.Last.Sequence >= firstSequence && gap.First.Sequence <= lastSequence))
            {
                if (gap.First.Sequence > next) left.Add((next, gap.First.Sequence - 1));
                next = Math.Max(next, gap.Last.Sequence + 1);
            }
            if (next <= lastSequence) left.Add((next, lastSequence));
            return left;
        }
    }

    private bool Covers(long firstSequence, long lastSequence, Func<MessageGap, bool> counts)
    {
        lock (gate)
        {
            var next = firstSequence;
            foreach (var gap in gaps)
            {
                if (gap.First.Sequence <= next && gap.Last.Sequence >= next && counts(gap)) next = gap.Last.Sequence + 1;
            }
            return next > lastSequence;
        }
    }

    // Messages are dropped and refused in quick succession: the next range mostly follows the newest gap.
    private bool TryExtend(MessageGap gap)
    {
        if (gaps.Count == 0 || gaps[^1] is not { } newest || newest.Cause != gap.Cause || newest.Last.Sequence + 1 != gap.First.Sequence) return false;
        gaps[^1] = newest with { Last = gap.Last, Messages = newest.Messages + gap.Messages, Detail = gap.Detail };
        return true;
    }

    private static List<MessageGap> Merged(List<MessageGap> gaps)
    {
        gaps.Sort(static (left, right) => left.First.Sequence.CompareTo(right.First.Sequence));
        var merged = Joined(gaps, static (left, right) => left.Last.Sequence + 1 == right.First.Sequence);
        if (merged.Count <= MaxGaps) return merged;
        // The newer half stays exact: that is what people ask about.
        var older = Joined(merged[..(MaxGaps / 2)], static (_, _) => true);
        return [.. older, .. merged[(MaxGaps / 2)..]];
    }

    private static List<MessageGap> Joined(List<MessageGap> gaps, Func<MessageGap, MessageGap, bool> joins)
    {
        List<MessageGap> joined = [];
        foreach (var gap in gaps)
        {
            if (joined.Count > 0 && joined[^1] is { } before && before.Cause == gap.Cause && joins(before, gap))
                joined[^1] = gap with { First = before.First, Last = gap.Last > before.Last ? gap.Last : before.Last, Messages = before.Messages + gap.Messages };
            else
                joined.Add(gap);
        }
        return joined;
    }
}
