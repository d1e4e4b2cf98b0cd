namespace Weir.Pravega;

/// <summary>What a segment is just now.</summary>
/// <param name="StartOffset">The lowest offset that is still there, in bytes.</param>
/// <param name="Length">The offset after its last byte.</param>
/// <param name="IsSealed">Whether it takes no more events.</param>
public readonly record struct SegmentInfo(long StartOffset, long Length, bool IsSealed);
