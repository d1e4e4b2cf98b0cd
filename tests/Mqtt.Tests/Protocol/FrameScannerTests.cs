using System.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace Weir.Mqtt.Tests.Protocol;

public sealed class FrameScannerTests
{
    private static readonly byte[] Stream =
    [
        .. RawConnection.Bytes(new ConnectPacket { Version = MqttVersion.V5, ClientId = "abc" }, MqttVersion.V5),
        .. RawConnection.PublishBytes(MqttVersion.V5, "a/b", new string('x', 200), 1, 9),
        .. Wire.Hex("C000 40020007 E000"),
        .. RawConnection.PublishBytes(MqttVersion.V5, "a", ""),
    ];

    private static readonly string[] Packets = [.. Read(new ReadOnlySequence<byte>(Stream), out _)];

    [Fact]
    public void A_stream_gives_the_same_packets_wherever_its_blocks_end()
    {
        Assert.Equal(6, Packets.Length);
        for (var first = 0; first <= Stream.Length; first++)
        {
            for (var second = first; second <= Stream.Length; second += 7)
            {
                Assert.Equal(Packets, Read(Wire.Split(Stream, first, second), out _));
            }
        }
    }

    [Fact]
    public void What_has_not_come_whole_is_left_for_later()
    {
        for (var size = 0; size < Stream.Length; size++)
        {
            var received = new ReadOnlySequence<byte>(Stream, 0, size);
            var first = Read(received, out var consumed);
            var rest = new ReadOnlySequence<byte>(Stream).Slice((int)received.Slice(0, consumed).Length);
            Assert.Equal(Packets, first.Concat(Read(rest, out _)));
        }
    }

    [Fact]
    public void A_packet_may_be_as_large_as_the_limit_and_no_larger()
    {
        var packet = RawConnection.PublishBytes(MqttVersion.V311, "a", new string('x', 500));
        var scanner = new FrameScanner(new ReadOnlySequence<byte>(packet), packet.Length, new FrameScratch());
        Assert.True(scanner.TryRead(out _));

        var fault = Assert.Throws<MqttException>(() =>
            new FrameScanner(new ReadOnlySequence<byte>(packet, 0, 5), packet.Length - 1, new FrameScratch()).TryRead(out _));
        Assert.Equal(ReasonCode.PacketTooLarge, fault.Reason);
    }

    [Theory]
    [InlineData("30 80 80 80 80 01")]
    [InlineData("30 80 00")]
    [InlineData("30 FF 80 00")]
    public void A_remaining_length_of_five_bytes_or_more_than_needed_is_refused(string hex)
    {
        Assert.Throws<MqttException>(() => Read(new ReadOnlySequence<byte>(Wire.Hex(hex)), out _));
    }

    [Fact]
    public void Random_bytes_give_packets_or_a_protocol_fault_and_nothing_else()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            foreach (var version in new[] { MqttVersion.V311, MqttVersion.V5 }) Survive(bytes, version);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Packets_with_a_few_changed_bytes_give_packets_or_a_protocol_fault_and_nothing_else()
    {
        var random = new Random(20261122);
        foreach (var row in MalformedPacketTests.Frames)
        {
            var good = Wire.Hex(row.Data.Item2);
            for (var i = 0; i < 200; i++)
            {
                var bytes = good.ToArray();
                for (var changes = random.Next(1, 4); changes > 0; changes--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                Survive(bytes, (MqttVersion)row.Data.Item1);
            }
        }
    }

    private static void Survive(byte[] bytes, MqttVersion version)
    {
        var scanner = new FrameScanner(new ReadOnlySequence<byte>(bytes), 1 << 20, new FrameScratch());
        try
        {
            while (scanner.TryRead(out var frame)) Wire.ReadAndWrite(new ReceivedFrame(frame.Bytes.ToArray(), frame.BodyStart), version);
        }
        catch (MqttException)
        {
            // What a malformed packet is answered with.
        }
    }

    private static List<string> Read(in ReadOnlySequence<byte> received, out SequencePosition consumed)
    {
        var scanner = new FrameScanner(received, 1 << 20, new FrameScratch());
        var packets = new List<string>();
        while (scanner.TryRead(out var frame)) packets.Add($"{frame.Type} {frame.BodyStart} {Convert.ToHexString(frame.Bytes)}");
        consumed = scanner.Consumed;
        return packets;
    }
}
