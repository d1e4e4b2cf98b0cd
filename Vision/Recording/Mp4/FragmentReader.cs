using System.Buffers;

namespace Weir.Vision.Recording.Mp4;

/// <summary>
/// Takes a fragmented MP4 apart as it comes: first what initialises a player, then fragment after fragment. For one
/// caller at a time.
/// </summary>
internal sealed class FragmentReader(Stream source)
{
    /// <summary>No camera's fragment of two seconds comes near this.</summary>
    private const int MaxBox = 64 << 20;

    private readonly byte[] header = new byte[Mp4Box.HeaderBytes];

    /// <summary>Reads <c>ftyp</c> and <c>moov</c>; null where the stream ends before them.</summary>
    /// <exception cref="Mp4Exception">The stream is no MP4.</exception>
    public async ValueTask<InitSegment?> ReadInitAsync(CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        while (await ReadHeaderAsync(cancellationToken).ConfigureAwait(false) is { } box)
        {
            if (box.Type is not ("ftyp" or "moov")) throw new Mp4Exception($"it begins with a box '{box.Type}'");
            var memory = bytes.GetMemory(box.Size);
            header.CopyTo(memory);
            await source.ReadExactlyAsync(memory[Mp4Box.HeaderBytes..box.Size], cancellationToken).ConfigureAwait(false);
            bytes.Advance(box.Size);
            if (box.Type == "moov") return InitSegment.Parse(bytes.WrittenSpan.ToArray());
        }
        return null;
    }

    /// <summary>Reads the next <c>moof</c> with its <c>mdat</c>; null at the stream's end. The caller disposes it.</summary>
    /// <param name="space">Bytes to keep free before the fragment in its memory.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="Mp4Exception">The stream is damaged.</exception>
    public async ValueTask<FragmentMemory?> ReadFragmentAsync(int space, CancellationToken cancellationToken)
    {
        byte[]? moof = null;
        while (await ReadHeaderAsync(cancellationToken).ConfigureAwait(false) is { } box)
        {
            if (box.Type == "mdat" && moof is not null) return await ReadMediaAsync(moof, box.Size, space, cancellationToken).ConfigureAwait(false);
            // Between fragments there may be boxes that only say what a player can do without.
            var bytes = new byte[box.Size];
            header.CopyTo(bytes, 0);
            await source.ReadExactlyAsync(bytes.AsMemory(Mp4Box.HeaderBytes), cancellationToken).ConfigureAwait(false);
            if (box.Type == "moof") moof = bytes;
        }
        return null;
    }

    private async ValueTask<FragmentMemory> ReadMediaAsync(byte[] moof, int media, int space, CancellationToken cancellationToken)
    {
        var memory = new FragmentMemory(space, moof.Length + media);
        try
        {
            moof.CopyTo(memory.Fragment);
            header.CopyTo(memory.Fragment[moof.Length..]);
            await source.ReadExactlyAsync(memory.Fragment[(moof.Length + Mp4Box.HeaderBytes)..], cancellationToken).ConfigureAwait(false);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private async ValueTask<Mp4Box?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        var count = await source.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (count == 0) return null;
        if (count < header.Length) throw new EndOfStreamException();
        return Mp4Box.Begin(header, 0, MaxBox);
    }
}

/// <summary>The bytes of a fragment in pooled memory, with space before them.</summary>
internal sealed class FragmentMemory(int space, int length) : IDisposable
{
    private byte[]? array = ArrayPool<byte>.Shared.Rent(space + length);

    /// <summary>The fragment.</summary>
    public Memory<byte> Fragment => Array.AsMemory(space, length);

    /// <summary>The fragment and bytes of the space before it.</summary>
    public Memory<byte> From(int before) => Array.AsMemory(space - before, before + length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref array, null) is { } rented) ArrayPool<byte>.Shared.Return(rented);
    }

    private byte[] Array => array ?? throw new ObjectDisposedException(nameof(FragmentMemory));
}
