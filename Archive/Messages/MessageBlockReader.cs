namespace Weir.Archive;

/// <summary>Goes through the messages of a block; what it shows lies in the block's own memory.</summary>
internal ref struct MessageBlockReader
{
    private readonly ReadOnlySpan<byte> block;
    private readonly MessageBlockHeader header;
    private int at = MessageBlock.HeaderBytes;
    private int index = -1;
    private long time;
    private byte flags;
    private int topicAt;
    private int topicLength;

    public MessageBlockReader(ReadOnlySpan<byte> block)
    {
        this.block = block;
        header = MessageBlock.ReadHeader(block);
        time = header.First;
    }

    public ReadOnlySpan<byte> Topic { get; private set; }

    public ReadOnlySpan<byte> Payload { get; private set; }

    public ReadOnlySpan<byte> Properties { get; private set; }

    public long ReceivedMicros { get; private set; }

    public readonly MessageKey Key => new(Math.Max(header.Floor, time), header.Sequence + index);

    public readonly byte Qos => (byte)((flags & MessageBlock.QosMask) >> MessageBlock.QosShift);

    public readonly bool Retain => (flags & MessageBlock.RetainFlag) != 0;

    /// <summary>Where the next message begins, to come back to.</summary>
    public readonly Place Here => new(at, index, time, topicAt, topicLength);

    /// <summary>Goes to where a message begins.</summary>
    public void GoTo(Place place)
    {
        (at, index, time, topicAt, topicLength) = (place.At, place.Index, place.Time, place.TopicAt, place.TopicLength);
        Topic = block.Slice(topicAt, topicLength);
    }

    /// <summary>Goes on to the next message.</summary>
    /// <exception cref="InvalidDataException">The block is cut off or damaged.</exception>
    public bool Read()
    {
        if (index + 1 == header.Count) return false;
        index++;
        if (at >= block.Length) throw Damaged();
        flags = block[at++];
        time += (long)Varint();
        ReceivedMicros = (flags & MessageBlock.ReceivedFlag) != 0 ? time + Zigzag(Varint()) : time;
        if ((flags & MessageBlock.SameTopicFlag) == 0)
        {
            Topic = Bytes();
            (topicAt, topicLength) = (at - Topic.Length, Topic.Length);
        }
        Properties = (flags & MessageBlock.PropertiesFlag) != 0 ? Bytes() : default;
        Payload = Bytes();
        return true;
    }

    /// <summary>Where a message begins, with what those before it said.</summary>
    internal readonly record struct Place(int At, int Index, long Time, int TopicAt, int TopicLength);

    private static long Zigzag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private ReadOnlySpan<byte> Bytes()
    {
        var length = Varint();
        if (length > (ulong)(block.Length - at)) throw Damaged();
        var bytes = block.Slice(at, (int)length);
        at += (int)length;
        return bytes;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && at < block.Length; shift += 7)
        {
            var part = block[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw Damaged();
    }

    private readonly InvalidDataException Damaged() =>
        new($"The block of messages from {header.FirstKey} to {header.LastKey} is damaged at byte {at} of {block.Length}.");
}
