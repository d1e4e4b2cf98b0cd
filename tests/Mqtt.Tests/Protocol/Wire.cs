using System.Buffers;

namespace Weir.Mqtt.Tests.Protocol;

/// <summary>Bytes to packets and back.</summary>
internal static class Wire
{
    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static ReceivedFrame Cut(byte[] bytes)
    {
        var scanner = new FrameScanner(new ReadOnlySequence<byte>(bytes), VariableInteger.Maximum, new FrameScratch());
        Assert.True(scanner.TryRead(out var frame));
        Assert.Equal(bytes.Length, frame.Bytes.Length);
        return new ReceivedFrame(frame.Bytes.ToArray(), frame.BodyStart);
    }

    /// <summary>Reads any packet and writes it again; PUBLISH, which is passed on as bytes, is only read.</summary>
    public static byte[] ReadAndWrite(ReceivedFrame frame, MqttVersion version)
    {
        if (frame.Type == PacketType.Publish)
        {
            var layout = PublishLayout.Read(frame.Bytes, frame.BodyStart, version);
            PublishPropertyScan.Read(frame.Bytes.AsSpan(layout.PropertiesStart, layout.PropertiesLength));
            return frame.Bytes;
        }
        IOutboundPacket packet = frame.Type switch
        {
            PacketType.Connect => ConnectPacket.Read(frame),
            PacketType.Connack => ConnackPacket.Read(frame, version),
            PacketType.Puback or PacketType.Pubrec or PacketType.Pubrel or PacketType.Pubcomp => AcknowledgePacket.Read(frame, version),
            PacketType.Subscribe => SubscribePacket.Read(frame, version),
            PacketType.Suback or PacketType.Unsuback => SubackPacket.Read(frame, version),
            PacketType.Unsubscribe => UnsubscribePacket.Read(frame, version),
            PacketType.Disconnect => DisconnectPacket.Read(frame, version),
            PacketType.Pingreq or PacketType.Pingresp => new PingPacket(frame.Type),
            _ => throw MqttException.Malformed("There is no such packet here."),
        };
        return RawConnection.Bytes(packet, version);
    }

    /// <summary>The same bytes in blocks that end at the places given.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, params int[] ends)
    {
        Block? first = null, last = null;
        var start = 0;
        foreach (var end in ends.Append(bytes.Length))
        {
            last = new Block(bytes.AsMemory(start, end - start), last);
            first ??= last;
            start = end;
        }
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(ReadOnlyMemory<byte> memory, Block? before)
        {
            Memory = memory;
            RunningIndex = before is null ? 0 : before.RunningIndex + before.Memory.Length;
            if (before is not null) before.Next = this;
        }
    }
}
