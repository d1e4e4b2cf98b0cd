namespace Weir.Vision.Decode.Nut;

/// <summary>
/// Reads frames from a NUT stream (the container that ffmpeg defines for pipes), by https://ffmpeg.org/~michael/nut.txt,
/// versions 3 and 4: the main header with its frame codes, stream headers, syncpoints, and frames with their times.
/// A pipe loses nothing, so the reader does not search for the next startcode after damage: it throws.
/// Call <see cref="ReadHeaderAsync"/>, then <see cref="ReadPayloadAsync"/>, in turn, from one task at a time.
/// </summary>
internal sealed class NutReader(Stream source, int maxFrame)
{
    private const int MaxHeaderPacket = 1 << 20;
    private const int HeaderChecksumFrom = 4096;
    private const ulong Main = 0x4E4D_7A56_1F5F_04AD;
    private const ulong Stream = 0x4E53_1140_5BF2_F9DB;
    private const ulong Syncpoint = 0x4E4B_E4AD_EECA_4569;
    private const ulong Index = 0x4E58_DD67_2F23_E64E;
    private const ulong Info = 0x4E49_AB68_B596_BA78;

    private byte[] buffer = new byte[4096];
    private int start;
    private int end;
    private bool begun;
    private NutMainHeader? main;
    private NutStream?[] streams = [];
    private ReadOnlyMemory<byte> elided;
    private int left;

    /// <summary>The next frame's header, or null at the end of the stream.</summary>
    /// <exception cref="NutException">The stream is damaged, or ends within something.</exception>
    public async ValueTask<NutPacket?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (left > 0) throw new InvalidOperationException("The frame before has not been read.");
        while (true)
        {
            var consumed = TryParse(buffer.AsSpan(start, end - start), out var packet);
            start += consumed;
            if (packet is not null) return packet;
            if (consumed > 0) continue;
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                return start == end && begun ? null : throw new NutException("it ends within a header.");
        }
    }

    /// <summary>The bytes of the frame whose header was read last; <paramref name="target"/> has exactly its size.</summary>
    /// <exception cref="NutException">The stream ends within the frame.</exception>
    public async ValueTask ReadPayloadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        if (target.Length != elided.Length + left)
            throw new ArgumentException("The target must have the size of the frame.", nameof(target));
        elided.CopyTo(target);
        target = target[elided.Length..];
        var buffered = Math.Min(target.Length, end - start);
        buffer.AsMemory(start, buffered).CopyTo(target);
        start += buffered;
        var rest = target[buffered..];
        var read = await source.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read < rest.Length) throw new NutException("it ends within a frame.");
        (elided, left) = (default, 0);
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        var read = await source.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
        end += read;
        return read > 0;
    }

    /// <returns>How much was used: 0 when more is needed.</returns>
    private int TryParse(ReadOnlySpan<byte> bytes, out NutPacket? packet)
    {
        packet = null;
        if (!begun)
        {
            var id = "nut/multimedia container\0"u8;
            if (bytes.Length < id.Length) return 0;
            if (!bytes.StartsWith(id)) throw new NutException("it does not begin as a NUT stream does.");
            begun = true;
            return id.Length;
        }
        if (bytes.IsEmpty) return 0;
        return bytes[0] == 'N' ? TryParseHeaderPacket(bytes) : TryParseFrame(bytes, out packet);
    }

    private int TryParseHeaderPacket(ReadOnlySpan<byte> bytes)
    {
        var cursor = new NutCursor(bytes);
        var startcode = cursor.Fixed64();
        var length = cursor.Variable(MaxHeaderPacket, "the length of a header");
        if (length > HeaderChecksumFrom && !cursor.IsShort) cursor.Fixed32();
        var content = cursor.Bytes(length);
        if (cursor.IsShort) return 0;
        if (length < sizeof(uint) || NutChecksum.Of(content) != 0) throw new NutException("the checksum of a header is wrong.");

        var header = new NutCursor(content[..^sizeof(uint)]);
        switch (startcode)
        {
            case Main:
                main = NutMainHeader.Parse(ref header);
                streams = new NutStream?[main.Streams];
                break;
            case Stream:
                if (main is null) throw new NutException("a stream header comes before the main header.");
                var stream = NutStream.Parse(ref header, main);
                streams[stream.Id] = stream;
                break;
            case Syncpoint:
                Synchronise(ref header);
                break;
            case Index or Info:
                break;
            default:
                throw new NutException($"the startcode {startcode:x16} is not known.");
        }
        return cursor.Position;
    }

    /// <summary>A syncpoint's time replaces the last time of every stream.</summary>
    private void Synchronise(ref NutCursor header)
    {
        if (main is null) throw new NutException("a syncpoint comes before the main header.");
        var coded = header.Variable();
        if (header.IsShort) throw new NutException("a syncpoint is shorter than its content.");
        var timeBase = main.TimeBases[(int)(coded % main.TimeBases.Count)];
        foreach (var stream in streams)
            if (stream is not null) stream.LastPts = stream.TimeBase.From(coded / main.TimeBases.Count, timeBase);
    }

    private int TryParseFrame(ReadOnlySpan<byte> bytes, out NutPacket? packet)
    {
        packet = null;
        if (main is null) throw new NutException("a frame comes before the main header.");
        var cursor = new NutCursor(bytes);
        var code = main.FrameCodes[cursor.Byte()];
        var flags = code.Flags;
        if (flags.HasFlag(NutFlags.Invalid)) throw new NutException($"the frame code {bytes[0]} is not valid.");
        if (flags.HasFlag(NutFlags.Coded)) flags ^= (NutFlags)cursor.Variable(int.MaxValue, "the flags of a frame");
        var id = flags.HasFlag(NutFlags.StreamId)
            ? cursor.Variable(streams.Length - 1, "a frame's stream number")
            : code.Stream;
        var codedPts = flags.HasFlag(NutFlags.CodedPts) ? cursor.Variable() : (long?)null;
        long size = code.SizeLow;
        if (flags.HasFlag(NutFlags.SizeMsb)) size += code.SizeMultiplier * (long)cursor.Variable(maxFrame, "a frame's size");
        if (flags.HasFlag(NutFlags.MatchTime)) cursor.Signed();
        var elidedIndex = flags.HasFlag(NutFlags.HeaderIndex)
            ? cursor.Variable(main.Elided.Length - 1, "an elided header")
            : code.HeaderIndex;
        var reserved = flags.HasFlag(NutFlags.Reserved) ? cursor.Variable(64, "the number of reserved fields") : code.Reserved;
        for (var i = 0; i < reserved; i++) cursor.Variable();
        if (flags.HasFlag(NutFlags.Checksum)) cursor.Fixed32();
        if (cursor.IsShort) return 0;

        if (flags.HasFlag(NutFlags.Checksum) && NutChecksum.Of(cursor.Before) != 0)
            throw new NutException("the checksum of a frame's header is wrong.");
        if (flags.HasFlag(NutFlags.SideData)) throw new NutException("a frame has side data, which is not expected.");
        if (id >= streams.Length || streams[id] is not { } stream)
            throw new NutException($"a frame belongs to stream {id}, which has no header.");
        if (size > maxFrame) throw new NutException($"a frame has {size} bytes, but at most {maxFrame} are expected.");
        // By the format only small frames leave out their beginning.
        if (size > HeaderChecksumFrom || elidedIndex >= main.Elided.Length) elidedIndex = 0;

        elided = main.Elided[elidedIndex];
        if (elided.Length > size) throw new NutException("a frame is shorter than its elided header.");
        left = (int)size - elided.Length;
        stream.LastPts = codedPts is { } coded ? stream.Expand(coded) : stream.LastPts + code.PtsDelta;
        packet = new NutPacket(id, stream.TimeBase.ToMicroseconds(stream.LastPts), (int)size, elided);
        return cursor.Position;
    }
}
