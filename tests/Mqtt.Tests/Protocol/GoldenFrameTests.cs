namespace Weir.Mqtt.Tests.Protocol;

/// <summary>Frames written out by hand from the specification, byte for byte.</summary>
public sealed class GoldenFrameTests
{
    [Theory]
    // CONNECT, 3.1.1: clean session, keep-alive 60, client "a"; then with user name "u" and password "p" and a will of QoS 1, retained.
    [InlineData(4, "10 0D 0004 4D515454 04 02 003C 0001 61")]
    [InlineData(4, "10 1A 0004 4D515454 04 EE 003C 0001 61 0001 74 0002 6279 0001 75 0001 70")]
    // CONNECT, 5: session expiry 10, receive maximum 20, user property; will with a delay of 5 and a content type.
    [InlineData(5, "10 1D 0004 4D515454 05 02 003C 0F 11 0000000A 21 0014 26 0001 6B 0001 76 0001 61")]
    [InlineData(5, "10 20 0004 4D515454 05 06 0000 00 0001 61 09 03 0001 6A 18 00000005 0001 74 0003 627965")]
    [InlineData(4, "20 02 01 00")]
    [InlineData(4, "20 02 00 05")]
    [InlineData(5, "20 09 00 00 06 21 0014 22 000A")]
    [InlineData(5, "20 03 00 87 00")]
    [InlineData(4, "40 02 0007")]
    [InlineData(5, "40 03 0007 97")]
    [InlineData(4, "50 02 0007")]
    [InlineData(4, "62 02 0007")]
    [InlineData(5, "62 03 0007 92")]
    [InlineData(4, "70 02 0007")]
    [InlineData(4, "82 0E 000A 0003 612F62 01 0003 632F64 02")]
    [InlineData(5, "82 0B 000A 02 0B 07 0003 612F62 2D")]
    [InlineData(4, "90 04 000A 01 80")]
    [InlineData(5, "90 05 000A 00 02 97")]
    [InlineData(4, "A2 07 000A 0003 612F62")]
    [InlineData(5, "A2 08 000A 00 0003 612F62")]
    [InlineData(4, "B0 02 000A")]
    [InlineData(5, "B0 04 000A 00 11")]
    [InlineData(4, "C0 00")]
    [InlineData(4, "D0 00")]
    [InlineData(4, "E0 00")]
    [InlineData(5, "E0 07 04 05 11 0000000A")]
    [InlineData(4, "31 07 0003 612F62 68 69")]
    [InlineData(4, "3A 09 0003 612F62 0007 68 69")]
    [InlineData(5, "32 0D 0003 612F62 0007 03 23 0001 68 69")]
    public void A_packet_is_read_and_written_as_the_specification_shows(int version, string hex)
    {
        var bytes = Wire.Hex(hex);
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(Wire.ReadAndWrite(Wire.Cut(bytes), (MqttVersion)version)));
    }

    [Fact]
    public void The_fields_of_CONNECT_are_where_the_specification_says()
    {
        var packet = ConnectPacket.Read(Wire.Cut(Wire.Hex("10 1A 0004 4D515454 04 EE 003C 0001 61 0001 74 0002 6279 0001 75 0001 70")));
        Assert.Equal((MqttVersion.V311, "a", true, 60, "u"), (packet.Version, packet.ClientId, packet.CleanStart, packet.KeepAlive, packet.UserName));
        Assert.Equal("p"u8, packet.Password!);
        Assert.Equal(("t", QualityOfService.AtLeastOnce, true), (packet.Will!.Topic, packet.Will.QoS, packet.Will.Retain));
        Assert.Equal("by"u8, packet.Will.Payload);
    }

    [Fact]
    public void The_options_of_SUBSCRIBE_are_where_the_specification_says()
    {
        var packet = SubscribePacket.Read(Wire.Cut(Wire.Hex("82 0B 000A 02 0B 07 0003 612F62 2D")), MqttVersion.V5);
        var request = Assert.Single(packet.Requests);
        Assert.Equal((10, 7), (packet.PacketIdentifier, packet.Identifier));
        Assert.Equal(
            new SubscriptionRequest(TopicFilter.Parse("a/b"), QualityOfService.AtLeastOnce, true, true, RetainHandling.DoNotSend), request);
    }
}
