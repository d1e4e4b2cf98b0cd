namespace Weir.Mqtt;

/// <summary>
/// Where received messages lie while somebody holds them. Small ones share a block that is filled from the front by one
/// thread at a time; the collector frees a block when the last holder of any message in it lets go. So a message has
/// any number of holders without counting, at a few nanoseconds and no object of its own. What is kept for long is
/// copied out (<see cref="PublishQueue"/>), so that one small message does not keep a whole block.
/// </summary>
internal static class MessageArena
{
    /// <summary>Below the large object heap's 85,000 bytes.</summary>
    public const int BlockSize = 64 * 1024;

    private const int LargestShared = BlockSize / 4;

    [ThreadStatic]
    private static byte[]? block;

    [ThreadStatic]
    private static int used;

    public static ArraySegment<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var room = Rent(bytes.Length);
        bytes.CopyTo(room);
        return room;
    }

    public static ArraySegment<byte> Rent(int size)
    {
        if (size > LargestShared) return GC.AllocateUninitializedArray<byte>(size);
        var current = block;
        var at = used;
        if (current is null || current.Length - at < size)
        {
            block = current = GC.AllocateUninitializedArray<byte>(BlockSize);
            at = 0;
        }
        used = at + size;
        return new ArraySegment<byte>(current, at, size);
    }
}
