using System.Buffers.Binary;

namespace Weir.Vision.Pictures;

/// <summary>How a component of a picture is coded.</summary>
/// <param name="Blocks">Blocks of 8x8 of it in each group.</param>
/// <param name="Lightness">How the first coefficients are coded (DC).</param>
/// <param name="Detail">How the others are coded (AC).</param>
internal sealed record JpegComponent(int Blocks, HuffmanTable Lightness, HuffmanTable Detail);

/// <summary>What stands before the blocks of a JPEG file (ITU-T T.81, annex B).</summary>
/// <param name="Width">Columns of the picture.</param>
/// <param name="Height">Rows of the picture.</param>
/// <param name="GroupWidth">Columns of a group of blocks of all components (MCU).</param>
/// <param name="GroupHeight">Its rows.</param>
/// <param name="SizeAt">Where in the file the height stands, and the width after it.</param>
/// <param name="ScanStart">Where in the file the blocks begin.</param>
/// <param name="Components">The components in the order of the blocks.</param>
internal sealed record JpegFile(
    int Width, int Height, int GroupWidth, int GroupHeight, int SizeAt, int ScanStart, IReadOnlyList<JpegComponent> Components)
{
    private const int BaselineFrame = 0xC0;
    private const int HuffmanTables = 0xC4;
    private const int RestartInterval = 0xDD;
    private const int Scan = 0xDA;

    /// <summary>Reads it; null for a file of another kind, such as a progressive one.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static JpegFile? Parse(ReadOnlySpan<byte> file)
    {
        if (file is not [0xFF, 0xD8, ..]) return null;
        var tables = new Dictionary<int, HuffmanTable>();
        var frameAt = -1;
        for (var at = 2; ;)
        {
            if (file.Length < at + 4 || file[at] != 0xFF) throw new InvalidDataException("A JPEG file is cut off.");
            var (marker, length) = (file[at + 1], BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]));
            if (length < 2 || file.Length < at + 2 + length) throw new InvalidDataException("A JPEG file is cut off.");
            var segment = file.Slice(at + 4, length - 2);
            switch (marker)
            {
                case BaselineFrame:
                    frameAt = at + 4;
                    break;
                case HuffmanTables:
                    HuffmanTable.Read(segment, tables);
                    break;
                case RestartInterval when segment is not [0, 0]:
                    return null;
                case > BaselineFrame and <= 0xCF and not 0xC8 and not 0xCC:
                    return null;
                case Scan:
                    return frameAt < 0 ? null : OfScan(file, frameAt, segment, at + 2 + length, tables);
                default:
                    break;
            }
            at += 2 + length;
        }
    }

    private static JpegFile? OfScan(ReadOnlySpan<byte> file, int frameAt, ReadOnlySpan<byte> scan, int scanStart, Dictionary<int, HuffmanTable> tables)
    {
        const int headBytes = 6, componentBytes = 3;
        var frame = file[frameAt..];
        var count = frame[headBytes - 1];
        if (frame.Length < headBytes + componentBytes * count) throw new InvalidDataException("A JPEG file is cut off.");
        if (scan.Length < 1 + 2 * count || scan[0] != count) return null;
        var (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(frame[1..]), BinaryPrimitives.ReadUInt16BigEndian(frame[3..]));
        if (width == 0 || height == 0 || count == 0) throw new InvalidDataException("A JPEG file has no size.");
        var components = new List<JpegComponent>();
        var (across, down) = (1, 1);
        for (var i = 0; i < count; i++)
        {
            var (id, sampling) = (frame[headBytes + componentBytes * i], frame[headBytes + 1 + componentBytes * i]);
            var coding = scan[2 + 2 * i];
            if (scan[1 + 2 * i] != id) return null;
            if (!tables.TryGetValue(coding >> 4, out var lightness) || !tables.TryGetValue(0x10 | coding & 15, out var detail))
                throw new InvalidDataException("A JPEG file lacks a table.");
            // A single component has its blocks one by one, whatever is said of it.
            var (h, v) = count == 1 ? (1, 1) : (sampling >> 4, sampling & 15);
            if (h is < 1 or > 4 || v is < 1 or > 4) throw new InvalidDataException("A JPEG file has a component of no size.");
            components.Add(new JpegComponent(h * v, lightness, detail));
            (across, down) = (Math.Max(across, h), Math.Max(down, v));
        }
        return new JpegFile(width, height, 8 * across, 8 * down, frameAt + 1, scanStart, components);
    }
}
