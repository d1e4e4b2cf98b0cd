using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Weir.Pravega;
// Orleans has one of that name.
using TableVersion = Weir.Pravega.TableVersion;

namespace Weir.Streams.Pravega.Shared;

/// <summary>A part of a segment, read at a stretch.</summary>
/// <param name="Segment">The segment's id; <see cref="Lost"/> for something that was truncated away before it was read.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes; 1 for something lost.</param>
/// <param name="IsForeign">Whether no event of it belongs to the queue.</param>
internal readonly record struct OrderRun(long Segment, long Offset, long Length, bool IsForeign)
{
    public const long Lost = -1;

    public static OrderRun OfLost => new(Lost, 0, 1, false);

    public bool IsLost => Segment == Lost;

    public bool IsFollowedBy(in OrderRun next) =>
        !IsLost && Segment == next.Segment && Offset + Length == next.Offset && IsForeign == next.IsForeign;
}

/// <summary>Runs that follow each other in a queue's order.</summary>
/// <param name="Number">Its number; from 0.</param>
/// <param name="Start">The position of its first byte in the order.</param>
/// <param name="Cut">From where the stream is read on at its start, in the queue's range.</param>
/// <param name="Runs">The runs.</param>
internal sealed record OrderChunk(long Number, long Start, StreamCut Cut, ImmutableArray<OrderRun> Runs)
{
    private const int MostRuns = 128;

    public long End { get; } = Start + Runs.Sum(run => run.Length);

    public bool Accepts(in OrderRun run, long chunkBytes) =>
        End - Start < chunkBytes && (Runs.Length < MostRuns || Runs[^1].IsFollowedBy(run));

    public OrderChunk With(in OrderRun run) =>
        Runs.Length > 0 && Runs[^1].IsFollowedBy(run)
            ? new(Number, Start, Cut, Runs.SetItem(Runs.Length - 1, Runs[^1] with { Length = Runs[^1].Length + run.Length }))
            : new(Number, Start, Cut, Runs.Add(run));

    /// <summary>The run at a position, and where it begins in the order.</summary>
    public (OrderRun Run, long Start) RunAt(long position)
    {
        var start = Start;
        foreach (var run in Runs)
        {
            if (position < start + run.Length) return (run, start);
            start += run.Length;
        }
        throw new InvalidOperationException($"Position {position} lies behind the chunk {Start} to {End}.");
    }

    /// <summary>Whether none of the queue's events lie at or behind a position of it.</summary>
    public bool IsForeignFrom(long position)
    {
        var end = Start;
        foreach (var run in Runs)
        {
            end += run.Length;
            if (end > position && !run.IsForeign) return false;
        }
        return true;
    }
}

/// <summary>The end of a queue's order.</summary>
/// <param name="First">The number of the oldest chunk that is there.</param>
/// <param name="Last">The newest chunk.</param>
/// <param name="Cut">From where to read on behind it.</param>
/// <param name="Given">The position before which the queue has given everything up.</param>
/// <param name="Version">The version of the entry.</param>
internal sealed record OrderEnd(long First, OrderChunk Last, StreamCut Cut, long Given, TableVersion Version)
{
    public long Position => Last.End;
}

/// <summary>The form in which the order lies in the table: lines of numbers, so that people can read it, too.</summary>
internal static class OrderText
{
    public static byte[] KeyOf(string key) => Encoding.ASCII.GetBytes(key);

    public static byte[] KeyOf(long number) => KeyOf(string.Create(CultureInfo.InvariantCulture, $"order/{number}"));

    public static byte[] Write(OrderEnd end, double low, double high) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{low:R} {high:R} {end.First} {end.Last.Number} {end.Given} {end.Position}\n{Write(end.Cut)}"));

    public static (double Low, double High) RangeOf(ReadOnlySpan<byte> value) =>
        Encoding.ASCII.GetString(value).Split(' ') is [var low, var high, ..]
            ? (double.Parse(low, CultureInfo.InvariantCulture), double.Parse(high, CultureInfo.InvariantCulture))
            : throw Wrong(value);

    public static (long First, long Last, long Given, long Position, StreamCut Cut) ReadEnd(ScopedStream stream, ReadOnlySpan<byte> value)
    {
        if (Encoding.ASCII.GetString(value).Split('\n') is not [var head, var cut] || head.Split(' ') is not [_, _, var first, var last, var given, var position])
            throw Wrong(value);
        return (Number(first), Number(last), Number(given), Number(position), ReadCut(stream, cut));
    }

    public static byte[] Write(OrderChunk chunk)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{chunk.Start}\n{Write(chunk.Cut)}");
        foreach (var run in chunk.Runs)
            text.Append(CultureInfo.InvariantCulture, $"\n{run.Segment} {run.Offset} {run.Length}{(run.IsForeign ? " -" : "")}");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static OrderChunk ReadChunk(ScopedStream stream, long number, ReadOnlySpan<byte> value)
    {
        if (Encoding.ASCII.GetString(value).Split('\n') is not [var start, var cut, .. var runs]) throw Wrong(value);
        return new OrderChunk(number, Number(start), ReadCut(stream, cut), [.. runs.Select(ReadRun)]);
    }

    private static OrderRun ReadRun(string line) => line.Split(' ') switch
    {
        [var segment, var offset, var length] => new OrderRun(Number(segment), Number(offset), Number(length), false),
        [var segment, var offset, var length, "-"] => new OrderRun(Number(segment), Number(offset), Number(length), true),
        _ => throw Wrong(Encoding.ASCII.GetBytes(line)),
    };

    private static string Write(StreamCut cut) =>
        string.Join(' ', cut.Offsets.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}:{entry.Value}")));

    private static StreamCut ReadCut(ScopedStream stream, string text) => new(stream, text
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split(':') is [var segment, var offset] ? KeyValuePair.Create(Number(segment), Number(offset)) : throw Wrong(Encoding.ASCII.GetBytes(text))));

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(Encoding.ASCII.GetBytes(text));

    private static StreamStoreException Wrong(ReadOnlySpan<byte> value) =>
        new($"The order of a queue has an entry that nobody can read: '{Encoding.ASCII.GetString(value)}'.");
}
