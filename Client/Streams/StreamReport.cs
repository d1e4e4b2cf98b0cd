using System.Globalization;
using Weir.Streams;
using Weir.Streams.SegmentLog.Files;

namespace Weir.Client.Streams;

/// <summary>What the files of streams say, for people.</summary>
internal static class StreamReport
{
    /// <summary>One line a stream.</summary>
    public static void List(IReadOnlyList<StreamFiles> streams, TextWriter output)
    {
        Line(output, $"{"stream",-40} {"events",14} {"bytes",16} {"segments",8} {"head",12} {"tail",12}  readers");
        foreach (var stream in streams)
        {
            var (head, tail, events) = Extent(stream);
            var readers = string.Join(", ", stream.Readers.Select(reader => $"{reader.Reader} at {reader.Position}"));
            Line(output, $"{stream.Name,-40} {events,14:N0} {stream.Bytes,16:N0} {stream.Segments.Count,8} {head,12} {tail,12}  {readers}{(stream.IsSealed ? " (sealed)" : "")}");
        }
    }

    /// <summary>All of one stream.</summary>
    public static void Inspect(StreamFiles stream, TextWriter output)
    {
        var (head, tail, events) = Extent(stream);
        Line(output, $"{stream.Name} in {stream.Folder}{(stream.IsSealed ? ", sealed" : "")}");
        Line(output, $"  {events:N0} events, {head} to {tail} (excluded), {stream.Bytes:N0} bytes");
        if (stream.Options is { } options)
        {
            var consumed = options.TruncateConsumed ? ", truncated by consumption" : "";
            Line(output, $"  {options.Durability}, segments of {options.SegmentBytes:N0} bytes, at most {options.MaxBytes:N0} bytes{(options.MaxAge is { } age ? $" and {age}" : "")}{consumed}");
        }
        foreach (var fault in stream.Faults) output.WriteLine($"  {fault}");
        foreach (var reader in stream.Readers)
        {
            Line(output, $"  reader {reader.Reader}: at {reader.Position}, {Math.Max(0, tail - reader.Position.Offset):N0} behind, owner {reader.Owner}{(reader.Counts ? "" : ", does not count")}");
        }
        Line(output, $"  {"segment",-24} {"bytes",14} {"batches",10} {"events",12}  {"from",-28} {"to",-28} state");
        foreach (var segment in stream.Segments)
        {
            var summary = Summary.Of(segment);
            Line(output, $"  {Path.GetFileName(segment.Path),-24} {segment.Length,14:N0} {summary.Batches,10:N0} {summary.Events,12:N0}  {Time(summary.MinTimestamp),-28} {Time(summary.MaxTimestamp),-28} {State(segment, summary)}");
        }
    }

    /// <summary>Checks streams; false where one is damaged.</summary>
    public static bool Verify(IReadOnlyList<StreamFiles> streams, TextWriter output)
    {
        var isSound = true;
        foreach (var stream in streams)
        {
            var (faults, notes) = (new List<string>(stream.Faults), new List<string>());
            var (batches, events) = (0L, 0L);
            long? next = null;
            foreach (var segment in stream.Segments)
            {
                var file = Path.GetFileName(segment.Path);
                if (segment.IsHeadDamaged) faults.Add($"{file}: the head is damaged");
                foreach (var part in segment.Read())
                {
                    switch (part)
                    {
                        case SegmentBatch batch:
                            if (next is { } expected && batch.FirstOffset != expected)
                                faults.Add(Text($"{file}: at byte {batch.Position} the events {expected} to {batch.FirstOffset} (excluded) are missing"));
                            next = batch.FirstOffset + batch.Count;
                            (batches, events) = (batches + 1, events + batch.Count);
                            break;
                        case SegmentDamage { IsTail: true } tail:
                            notes.Add(Text($"{file}: {tail.Length:N0} bytes behind the last sound batch: an append under way, or the torn end of a crash, which the next start cuts"));
                            break;
                        case SegmentDamage damage:
                            faults.Add(Text($"{file}: {damage.Length:N0} bytes from byte {damage.Position:N0} on are damaged"));
                            break;
                    }
                }
            }
            isSound &= faults.Count == 0;
            Line(output, $"{stream.Name}: {(faults.Count == 0 ? "sound" : "DAMAGED")}, {batches:N0} batches, {events:N0} events, {stream.Bytes:N0} bytes");
            foreach (var fault in faults) output.WriteLine($"  {fault}");
            foreach (var note in notes) output.WriteLine($"  note: {note}");
        }
        return isSound;
    }

    /// <summary>A timestamp of the store, in UTC.</summary>
    public static string Time(long micros) =>
        micros is < -62_135_596_800_000_000 or > 253_402_300_799_999_999
            ? "-" : DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static (long Head, long Tail, long Events) Extent(StreamFiles stream)
    {
        if (stream.Segments is not [var first, ..]) return (0, 0, 0);
        var (tail, events) = (first.FirstOffset, 0L);
        foreach (var batch in stream.Segments.SelectMany(segment => segment.Read()).OfType<SegmentBatch>())
            (tail, events) = (batch.FirstOffset + batch.Count, events + batch.Count);
        return (first.FirstOffset, Math.Max(tail, stream.Segments[^1].FirstOffset), events);
    }

    private static string State(SegmentFile segment, Summary summary)
    {
        var state = segment.HasFooter ? "closed" : "open";
        if (segment.IsHeadDamaged) state += ", head damaged";
        if (summary.DamagedBytes > 0) state += Text($", {summary.DamagedBytes:N0} bytes damaged");
        return summary.TailBytes > 0 ? state + Text($", {summary.TailBytes:N0} bytes unfinished") : state;
    }

    private static void Line(TextWriter output, FormattableString text) => output.WriteLine(Text(text).TrimEnd());

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Summary(long Batches, long Events, long MinTimestamp, long MaxTimestamp, long DamagedBytes, long TailBytes)
    {
        public static Summary Of(SegmentFile segment)
        {
            var sum = new Summary(0, 0, long.MaxValue, long.MinValue, 0, 0);
            foreach (var part in segment.Read())
            {
                sum = part switch
                {
                    SegmentBatch batch => sum with
                    {
                        Batches = sum.Batches + 1, Events = sum.Events + batch.Count,
                        MinTimestamp = Math.Min(sum.MinTimestamp, batch.MinTimestamp),
                        MaxTimestamp = Math.Max(sum.MaxTimestamp, batch.MaxTimestamp),
                    },
                    SegmentDamage { IsTail: true } => sum with { TailBytes = sum.TailBytes + part.Length },
                    _ => sum with { DamagedBytes = sum.DamagedBytes + part.Length },
                };
            }
            return sum;
        }
    }
}
