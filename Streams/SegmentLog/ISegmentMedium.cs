namespace Weir.Streams.SegmentLog;

/// <summary>The bytes of one segment: a file, or memory. One thread writes while any number read what was written.</summary>
internal interface ISegmentMedium : IDisposable
{
    /// <summary>Writes all of the buffers, one after the other.</summary>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long position);

    /// <summary>Fills the buffer as far as there are bytes.</summary>
    int Read(Span<byte> buffer, long position);

    /// <summary>Cuts everything behind a length.</summary>
    void Truncate(long length);

    /// <summary>Brings what was written to the device.</summary>
    void Flush();
}
