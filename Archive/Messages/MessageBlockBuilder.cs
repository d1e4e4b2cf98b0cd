using System.Buffers;
using System.Text.Unicode;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>
/// Encodes messages into blocks that a stream takes as one batch: <see cref="Encode"/> outside any lock,
/// <see cref="Stamp"/> under the one that keeps key order and stream order the same. Reused from batch to batch.
/// </summary>
internal sealed class MessageBlockBuilder
{
    /// <summary>A block is closed at the first message that passes one of these, so that the ring lets go in small steps.</summary>
    public const int MaxBlockMessages = 4096;
    public const int MaxBlockBytes = 256 << 10;

    /// <summary>Most bytes that one batch may have, encoded.</summary>
    public const int MaxBatchBytes = 32 << 20;

    private const int MaxTopicBytes = ushort.MaxValue;
    // Flags, a time, a received time and three lengths: more than any message takes besides its own bytes.
    private const int MessageOverhead = 1 + 10 + 10 + 5 + 5 + 5;

    private byte[] buffer = [];
    private int length;
    private (int Start, int Length, int Count, long First, long Span)[] blocks = new (int, int, int, long, long)[4];
    private StreamEvent[] events = new StreamEvent[4];
    private int blockCount;

    /// <summary>Messages that are encoded.</summary>
    public int Messages { get; private set; }

    /// <summary>Bytes that they take.</summary>
    public int Bytes => length;

    /// <summary>Encodes messages.</summary>
    /// <param name="messages">At least one.</param>
    /// <param name="now">The clock, in microseconds.</param>
    /// <exception cref="ArgumentException">A message is not fit to be kept; none is encoded then.</exception>
    public void Encode(ReadOnlySpan<InboundMessage> messages, long now)
    {
        Clear();
        Reserve(messages);
        var next = 0;
        while (next < messages.Length) next += EncodeBlock(messages[next..], next, now);
        Messages = messages.Length;
    }

    /// <summary>Writes keys into the blocks.</summary>
    /// <returns>The keys, and the batch; its memory is this builder's.</returns>
    public (KeyRange Keys, EventBatch Batch) Stamp(MessageKeySource keys)
    {
        MessageKey? firstKey = null;
        for (var i = 0; i < blockCount; i++)
        {
            var (start, blockLength, count, first, span) = blocks[i];
            var (floor, sequence) = keys.Stamp(first, span, count);
            firstKey ??= new MessageKey(floor, sequence);
            MessageBlock.WriteStamp(buffer.AsSpan(start), floor, sequence);
            events[i] = new StreamEvent(buffer.AsMemory(start, blockLength), floor);
        }
        return (new KeyRange(firstKey!.Value, keys.Last), new EventBatch(events.AsMemory(0, blockCount)));
    }

    /// <summary>Gives the buffer back.</summary>
    public void Clear()
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        Array.Clear(events, 0, blockCount);
        (buffer, length, blockCount, Messages) = ([], 0, 0, 0);
    }

    private void Reserve(ReadOnlySpan<InboundMessage> messages)
    {
        if (messages.IsEmpty) throw new ArgumentException("A batch must have at least one message.", nameof(messages));
        var bytes = 0L;
        foreach (ref readonly var message in messages)
        {
            bytes += MessageBlock.HeaderBytes + MessageOverhead
                + message.Topic.Length + (long)message.Payload.Length + message.Properties.Length;
        }
        if (bytes > MaxBatchBytes)
            throw new ArgumentException($"A batch may take {MaxBatchBytes:N0} bytes, but this takes {bytes:N0}; hand it over in parts.", nameof(messages));
        buffer = ArrayPool<byte>.Shared.Rent((int)bytes);
    }

    private int EncodeBlock(ReadOnlySpan<InboundMessage> messages, int index, long now)
    {
        var start = length;
        length += MessageBlock.HeaderBytes;
        var first = Received(messages[0], now);
        var time = first;
        ReadOnlySpan<byte> topic = default;
        var count = 0;
        while (count < messages.Length && count < MaxBlockMessages && length - start < MaxBlockBytes)
        {
            ref readonly var message = ref messages[count];
            CheckQos(message.Qos, index + count);
            var received = Received(message, now);
            var own = Math.Max(time, received);
            var sameTopic = count > 0 && message.Topic.Span.SequenceEqual(topic);

            buffer[length++] = (byte)(message.Qos << MessageBlock.QosShift
                | (message.Retain ? MessageBlock.RetainFlag : 0)
                | (sameTopic ? MessageBlock.SameTopicFlag : 0)
                | (received != own ? MessageBlock.ReceivedFlag : 0)
                | (message.Properties.IsEmpty ? 0 : MessageBlock.PropertiesFlag));
            WriteVarint((ulong)(own - time));
            if (received != own) WriteVarint(Zigzag(received - own));
            if (!sameTopic)
            {
                topic = message.Topic.Span;
                CheckTopic(topic, index + count);
                WriteBytes(topic);
            }
            if (!message.Properties.IsEmpty) WriteBytes(message.Properties.Span);
            WriteBytes(message.Payload.Span);
            time = own;
            count++;
        }

        MessageBlock.WriteHeader(buffer.AsSpan(start), count, first, time - first);
        if (blockCount == blocks.Length)
        {
            Array.Resize(ref blocks, blockCount * 2);
            Array.Resize(ref events, blockCount * 2);
        }
        blocks[blockCount++] = (start, length - start, count, first, time - first);
        return count;
    }

    private static long Received(in InboundMessage message, long now) =>
        message.ReceivedMicros <= 0 ? now : Math.Min(message.ReceivedMicros, now);

    private static void CheckQos(byte qos, int index)
    {
        if (qos > 2) throw new ArgumentException($"The quality of service of a message must be 0, 1 or 2, but is {qos} in message {index} of the batch.");
    }

    private static void CheckTopic(ReadOnlySpan<byte> topic, int index)
    {
        if (topic.Length is 0 or > MaxTopicBytes)
            throw new ArgumentException($"A topic must have 1 to {MaxTopicBytes:N0} bytes, but has {topic.Length:N0} in message {index} of the batch.");
        // The archive's files declare topics as UTF-8, and other programs trust that.
        if (!Utf8.IsValid(topic)) throw new ArgumentException($"A topic must be UTF-8, but is not in message {index} of the batch.");
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteVarint((ulong)bytes.Length);
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    private void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            buffer[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        buffer[length++] = (byte)value;
    }
}
