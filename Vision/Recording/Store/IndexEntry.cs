using System.Buffers.Binary;
using System.Text;
using Weir.Streams;

namespace Weir.Vision.Recording.Store;

/// <summary>What an entry of the time index tells of.</summary>
public enum IndexEntryKind
{
    /// <summary>A fragment of video.</summary>
    Fragment = 1,

    /// <summary>A range in which video should be and is not.</summary>
    Gap = 2,

    /// <summary>From here on nothing was to be recorded.</summary>
    End = 3,
}

/// <summary>
/// An entry of a camera's time index. Entries lie in order of time and do not overlap; the event that carries one has its
/// end as timestamp, so that looking for a time gives the entry that the time is in.
/// </summary>
public sealed record IndexEntry
{
    private const byte Version = 1;
    private const int FixedBytes = 64;
    private const byte KeyframeFlag = 1;
    private const byte MotionFlag = 2;

    /// <summary>What it tells of.</summary>
    public required IndexEntryKind Kind { get; init; }

    /// <summary>Where it begins, in µs since 1970 UTC: when the first picture was taken.</summary>
    public required long Time { get; init; }

    /// <summary>How long it lasts, in µs.</summary>
    public long Duration { get; init; }

    /// <summary>Where it ends.</summary>
    public long End => Time + Duration;

    /// <summary>Where the fragment lies in the video stream.</summary>
    public StreamPosition Position { get; init; }

    /// <summary>Bytes of the fragment.</summary>
    public int Bytes { get; init; }

    /// <summary>Names the initialisation that the fragment needs; equal numbers are equal initialisations.</summary>
    public uint Init { get; init; }

    /// <summary>Names the run of ffmpeg that the fragment is from: within one, media time goes on.</summary>
    public long Run { get; init; }

    /// <summary>Whether the fragment begins with a picture that needs no other.</summary>
    public bool IsKeyframe { get; init; }

    /// <summary>Whether something moves in the fragment.</summary>
    public bool HasMotion { get; init; }

    /// <summary>The mode that had the fragment kept.</summary>
    public RecordingMode Mode { get; init; }

    /// <summary>Why there is a gap.</summary>
    public RecordingGapCause Cause { get; init; }

    /// <summary>The same, in a sentence; empty for a fragment.</summary>
    public string Detail { get; init; } = "";

    /// <summary>As an event of the index stream.</summary>
    internal StreamEvent ToEvent()
    {
        var bytes = new byte[FixedBytes + Encoding.UTF8.GetByteCount(Detail)];
        bytes[0] = Version;
        bytes[1] = (byte)Kind;
        bytes[2] = (byte)((IsKeyframe ? KeyframeFlag : 0) | (HasMotion ? MotionFlag : 0));
        bytes[3] = (byte)Mode;
        bytes[4] = (byte)Cause;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Time);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Duration);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), Position.Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Position.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), Init);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), Run);
        Encoding.UTF8.GetBytes(Detail, bytes.AsSpan(FixedBytes));
        return new StreamEvent(bytes, End);
    }

    /// <summary>Reads what <see cref="ToEvent"/> wrote; null for what a later version may have written.</summary>
    internal static IndexEntry? Parse(ReadOnlySpan<byte> bytes) => bytes.Length < FixedBytes || bytes[0] != Version ? null : new IndexEntry
    {
        Kind = (IndexEntryKind)bytes[1],
        IsKeyframe = (bytes[2] & KeyframeFlag) != 0,
        HasMotion = (bytes[2] & MotionFlag) != 0,
        Mode = (RecordingMode)bytes[3],
        Cause = (RecordingGapCause)bytes[4],
        Time = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        Duration = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        Position = new StreamPosition(BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[32..])),
        Bytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]),
        Init = BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]),
        Run = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
        Detail = Encoding.UTF8.GetString(bytes[FixedBytes..]),
    };
}
