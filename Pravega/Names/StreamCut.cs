using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Weir.Pravega;

/// <summary>
/// A place in a stream: for each segment of a set that holds every key once, the offset of the next event to read.
/// </summary>
public sealed class StreamCut : IEquatable<StreamCut>
{
    /// <summary>A cut of offsets.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="offsets">Segment id to offset in bytes; offsets lie between events.</param>
    public StreamCut(ScopedStream stream, IEnumerable<KeyValuePair<long, long>> offsets)
    {
        Stream = stream;
        Offsets = new SortedDictionary<long, long>(offsets.ToDictionary());
    }

    /// <summary>The stream.</summary>
    public ScopedStream Stream { get; }

    /// <summary>Segment id to offset in bytes, ordered by segment id.</summary>
    public IReadOnlyDictionary<long, long> Offsets { get; }

    /// <summary>
    /// Reads a cut that <see cref="ToText"/> or Java's <c>StreamCut.asText()</c> wrote. Java's <c>UNBOUNDED</c> is none.
    /// </summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static StreamCut Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        // Java's StreamCut.UNBOUNDED.
        if (text == "UNBOUNDED") throw new FormatException("'UNBOUNDED' is no place in a stream: it is Java's word for its head or tail; give null for it.");
        string plain;
        try
        {
            using var unzip = new GZipStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress);
            using var reader = new StreamReader(unzip, Encoding.UTF8);
            plain = reader.ReadToEnd();
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw new FormatException("A stream cut must be base64 of gzip, as Pravega's asText gives it, but is not.", e);
        }
        // 0:scope/stream:numbers:epochs:offsets, each list with commas.
        if (plain.Split(':') is not ["0", var name, var numbers, var epochs, var offsets]
            || !ScopedStream.TryParse(name, out var stream))
            throw new FormatException($"A stream cut must read '0:scope/stream:numbers:epochs:offsets', but reads '{plain}'.");
        if (numbers.Length == 0) return new StreamCut(stream, []);
        var (n, e2, o) = (Numbers(numbers), Numbers(epochs), Numbers(offsets));
        if (n.Length != e2.Length || n.Length != o.Length)
            throw new FormatException($"A stream cut must have as many numbers as epochs and offsets, but reads '{plain}'.");
        return new StreamCut(stream, n.Select((number, i) =>
            KeyValuePair.Create(StreamSegment.Of(stream, (int)number, (int)e2[i]).Id, o[i])));
    }

    /// <summary>The form that Java's client exchanges: base64 of gzip of numbers, epochs and offsets.</summary>
    public string ToText()
    {
        var segments = Offsets.Select(entry => (Segment: new StreamSegment(Stream, entry.Key), Offset: entry.Value)).ToList();
        var plain = $"0:{Stream}:{Join(segments.Select(s => (long)s.Segment.Number))}:"
            + $"{Join(segments.Select(s => (long)s.Segment.Epoch))}:{Join(segments.Select(s => s.Offset))}";
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionMode.Compress, leaveOpen: true)) zip.Write(Encoding.UTF8.GetBytes(plain));
        return Convert.ToBase64String(zipped.ToArray());
    }

    /// <inheritdoc/>
    public bool Equals(StreamCut? other) =>
        other is not null && Stream == other.Stream && Offsets.SequenceEqual(other.Offsets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamCut);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Offsets.Aggregate(Stream.GetHashCode(), (hash, entry) => HashCode.Combine(hash, entry.Key, entry.Value));

    /// <summary>For people: <c>scope/stream{0.#epoch.0:1234}</c>.</summary>
    public override string ToString() =>
        $"{Stream}{{{string.Join(", ", Offsets.Select(e => string.Create(CultureInfo.InvariantCulture, $"{(int)e.Key}.#epoch.{e.Key >> 32}:{e.Value}")))}}}";

    private static string Join(IEnumerable<long> values) =>
        string.Join(',', values.Select(v => v.ToString(CultureInfo.InvariantCulture)));

    private static long[] Numbers(string list)
    {
        try
        {
            return [.. list.Split(',').Select(v => long.Parse(v, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FormatException($"A stream cut must have lists of numbers, but has '{list}'.", e);
        }
    }
}
