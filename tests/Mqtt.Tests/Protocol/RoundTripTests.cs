using FsCheck;
using FsCheck.Fluent;

namespace Weir.Mqtt.Tests.Protocol;

/// <summary>What is written is read as the same, for any values.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<string> Texts =
        Gen.Choose(0, 40).SelectMany(length => Gen.ArrayOf(Gen.Elements('a', 'Z', '0', '/', ' ', '$', 'ü', '€', '水'), length)).Select(c => new string(c));

    private static readonly Gen<byte[]> Bytes = Gen.Choose(0, 300).SelectMany(length => Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i), length));

    private static readonly Gen<int> Shorts = Gen.Choose(1, ushort.MaxValue);

    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(2_097_151, "FFFF7F")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_455, "FFFFFF7F")]
    public void A_variable_byte_integer_has_the_size_of_the_specification_s_table(int value, string hex)
    {
        var bytes = new byte[4];
        var size = VariableInteger.Write(bytes, value);
        Assert.Equal((hex, size), (Convert.ToHexString(bytes, 0, size), VariableInteger.Size(value)));
        Assert.True(VariableInteger.TryRead(bytes, out var read, out var readSize));
        Assert.Equal((value, size), (read, readSize));
    }

    [Fact]
    public void CONNECT_comes_back_as_it_went()
    {
        var packets =
            from version in Gen.Elements(MqttVersion.V311, MqttVersion.V5)
            from id in Texts
            from clean in Gen.Elements(true, false)
            from keepAlive in Shorts
            from topic in Texts.Where(t => t.Length > 0)
            from payload in Bytes
            from user in Texts.OrNull()
            from qos in Gen.Choose(0, 2)
            select new ConnectPacket
            {
                Version = version, ClientId = id, CleanStart = clean, KeepAlive = (ushort)keepAlive, UserName = user,
                Password = user is null ? null : payload,
                Will = clean ? new WillMessage(topic, payload, (QualityOfService)qos, clean, new Properties()) : null,
            };
        Prop.ForAll(packets.ToArbitrary(), packet =>
        {
            var read = ConnectPacket.Read(Wire.Cut(RawConnection.Bytes(packet, packet.Version)));
            Assert.Equal((packet.Version, packet.ClientId, packet.CleanStart, packet.KeepAlive, packet.UserName),
                (read.Version, read.ClientId, read.CleanStart, read.KeepAlive, read.UserName));
            Assert.Equal(packet.Password, read.Password);
            Assert.Equal((packet.Will?.Topic, packet.Will?.QoS, packet.Will?.Retain), (read.Will?.Topic, read.Will?.QoS, read.Will?.Retain));
            Assert.Equal(packet.Will?.Payload, read.Will?.Payload);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_property_comes_back_as_it_went()
    {
        var sets =
            from text in Texts
            from data in Bytes
            from number in Shorts
            from bit in Gen.Choose(0, 1)
            select (text, data, number, bit);
        Prop.ForAll(sets.ToArbitrary(), set =>
        {
            var (text, data, number, bit) = set;
            var all = new Properties
            {
                PayloadFormatIndicator = (byte)bit, MessageExpiryInterval = (uint)number, ContentType = text, ResponseTopic = text,
                CorrelationData = data, SessionExpiryInterval = (uint)number, AssignedClientIdentifier = text, ServerKeepAlive = (ushort)number,
                AuthenticationMethod = text, AuthenticationData = data, RequestProblemInformation = (byte)bit, WillDelayInterval = (uint)number,
                RequestResponseInformation = (byte)bit, ResponseInformation = text, ServerReference = text, ReasonString = text,
                ReceiveMaximum = (ushort)number, TopicAliasMaximum = (ushort)number, TopicAlias = (ushort)number, MaximumQoS = (byte)bit,
                RetainAvailable = (byte)bit, MaximumPacketSize = (uint)number, WildcardSubscriptionAvailable = (byte)bit,
                SubscriptionIdentifierAvailable = (byte)bit, SharedSubscriptionAvailable = (byte)bit,
            };
            all.SubscriptionIdentifiers.AddRange([number, 1]);
            all.UserProperties.AddRange([new UserProperty("b", text), new UserProperty("a", text), new UserProperty("b", "")]);

            var written = new PacketBuffer();
            all.Write(written);
            var reader = new PacketReader(written.Written);
            var read = Properties.Read(ref reader, ulong.MaxValue);
            Assert.True(reader.AtEnd);
            Assert.Equivalent(all, read, strict: true);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void PUBLISH_is_passed_on_in_any_version_and_QoS_with_topic_properties_and_payload_as_they_were()
    {
        var messages =
            from received in Gen.Elements(MqttVersion.V311, MqttVersion.V5)
            from sent in Gen.Elements(MqttVersion.V311, MqttVersion.V5)
            from receivedQoS in Gen.Choose(0, 2)
            from sentQoS in Gen.Choose(0, receivedQoS)
            from topic in Texts.Where(t => t.Length > 0)
            from payload in Bytes
            from content in Texts
            from id in Shorts
            from identifier in Gen.Elements(0, 1, 300)
            select (received, sent, receivedQoS, sentQoS, topic, payload, content, id, identifier);
        Prop.ForAll(messages.ToArbitrary(), m =>
        {
            var buffer = new PacketBuffer();
            PublishWriter.Write(buffer, m.received, System.Text.Encoding.UTF8.GetBytes(m.topic), m.payload, (QualityOfService)m.receivedQoS,
                true, false, 77, new Properties { ContentType = m.content });
            var outbound = new OutboundPublish
            {
                Bytes = buffer.Written.ToArray(), Length = buffer.Length, Version = m.received, QoS = (QualityOfService)m.sentQoS,
                PacketIdentifier = (ushort)m.id, SubscriptionIdentifiers = m.identifier == 0 ? null : [m.identifier],
            };
            var encoder = new PublishEncoder(ref outbound, m.sent, 0);
            var bytes = new byte[encoder.Size];
            encoder.Write(bytes);

            var frame = Wire.Cut(bytes);
            var layout = PublishLayout.Read(bytes, frame.BodyStart, m.sent);
            Assert.Equal(m.topic, System.Text.Encoding.UTF8.GetString(bytes, layout.TopicStart, layout.TopicLength));
            Assert.Equal(m.payload, bytes[layout.PayloadStart..]);
            Assert.Equal((m.sentQoS, m.sentQoS > 0 ? m.id : 0, false), (frame.Flags >> 1, layout.PacketIdentifier, (frame.Flags & 1) != 0));
            if (m.sent == MqttVersion.V311) return;
            var properties = new Properties();
            properties.ReadBody(bytes.AsSpan(layout.PropertiesStart, layout.PropertiesLength), PropertyMask.Publish);
            Assert.Equal(m.received == MqttVersion.V5 ? m.content : null, properties.ContentType);
            Assert.Equal(m.identifier == 0 ? [] : [m.identifier], properties.SubscriptionIdentifiers);
        }).QuickCheckThrowOnFailure();
    }
}
