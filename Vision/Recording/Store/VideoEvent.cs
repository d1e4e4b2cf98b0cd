using System.Buffers.Binary;
using Weir.Streams;

namespace Weir.Vision.Recording.Store;

/// <summary>
/// An event of a video stream: a head, the initialisation where the fragment begins with a keyframe, and the fragment. So
/// play and truncation may begin at any keyframe, and the index can be made anew from the video alone.
/// </summary>
/// <remarks>
/// Head, little-endian: "WVID"; version, kind of flags as in the index, mode, 0 (a byte each); bytes of the initialisation
/// (4); its number (4); time and duration in µs (8 each); run (8). The event's timestamp is the fragment's end.
/// </remarks>
internal readonly ref struct VideoEvent
{
    public const int HeadBytes = 40;

    private const uint Magic = 0x44495657;
    private const byte Version = 1;

    private VideoEvent(IndexEntry entry, ReadOnlySpan<byte> init, ReadOnlySpan<byte> fragment)
    {
        Entry = entry;
        Init = init;
        Fragment = fragment;
    }

    /// <summary>What the index says of it.</summary>
    public IndexEntry Entry { get; }

    /// <summary>The initialisation; empty where the fragment does not begin with a keyframe.</summary>
    public ReadOnlySpan<byte> Init { get; }

    public ReadOnlySpan<byte> Fragment { get; }

    /// <summary>Writes the head before the initialisation and the fragment that follow it.</summary>
    public static void WriteHead(Span<byte> head, IndexEntry entry, int initBytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        head[4] = Version;
        head[5] = (byte)((entry.IsKeyframe ? 1 : 0) | (entry.HasMotion ? 2 : 0));
        head[6] = (byte)entry.Mode;
        head[7] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], initBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], entry.Init);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], entry.Time);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], entry.Duration);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], entry.Run);
    }

    /// <exception cref="InvalidDataException">It is none.</exception>
    public static VideoEvent Parse(StreamPosition position, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic || bytes[4] != Version)
            throw new InvalidDataException($"The event at {position} is no video that this version knows.");
        var initBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (initBytes < 0 || initBytes > bytes.Length - HeadBytes) throw new InvalidDataException($"The event at {position} is damaged.");
        var entry = new IndexEntry
        {
            Kind = IndexEntryKind.Fragment,
            IsKeyframe = (bytes[5] & 1) != 0,
            HasMotion = (bytes[5] & 2) != 0,
            Mode = (RecordingMode)bytes[6],
            Init = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            Time = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            Duration = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            Run = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            Position = position,
            Bytes = bytes.Length - HeadBytes - initBytes,
        };
        return new VideoEvent(entry, bytes.Slice(HeadBytes, initBytes), bytes[(HeadBytes + initBytes)..]);
    }
}
