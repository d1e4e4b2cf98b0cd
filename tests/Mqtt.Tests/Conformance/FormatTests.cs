using System.Text;

namespace Weir.Mqtt.Tests.Conformance;

/// <summary>Sections 1.5 and 2: data representation and packet format.</summary>
public sealed class FormatTests
{
    private static readonly byte[] Surrogate = [0xED, 0xA0, 0x80];

    [Theory, Statement("MQTT-1.5.4-1", "MQTT-3.3.2-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1", "MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12", "MQTT-4.13.1-1",
        "3.1.1:MQTT-1.5.3-1", "3.1.1:MQTT-3.3.2-1", "3.1.1:MQTT-3.8.3-1", "3.1.1:MQTT-3.10.3-1", "3.1.1:MQTT-3.1.3-4", "3.1.1:MQTT-3.1.3-10",
        "3.1.1:MQTT-3.1.3-11", "3.1.1:MQTT-4.8.0-1")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_1_5_4_1_Text_that_is_not_well_formed_utf8_closes_the_connection(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        byte[] none = version == MqttVersion.V5 ? [0] : [];
        byte[] text = [0, 3, .. Surrogate];
        byte[][] packets = [Packet(0x30, [.. text, .. none, 1]), Packet(0x82, [0, 1, .. none, .. text, 0]), Packet(0xA2, [0, 1, .. none, .. text])];
        foreach (var packet in packets)
        {
            await using var connection = await broker.OpenAsync("c", version);
            await connection.SendAsync(packet);
            if (version == MqttVersion.V5) Assert.True(await connection.ReceiveDisconnectAsync() >= ReasonCode.UnspecifiedError);
            else await connection.AssertClosedAsync();
        }
        byte[] header = [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', (byte)version];
        byte[][] connects = [
            [.. header, 2, 0, 0, .. none, .. text],
            [.. header, 0x06, 0, 0, .. none, 0, 1, 97, .. none, .. text, 0, 0],
            [.. header, 0x82, 0, 0, .. none, 0, 1, 97, .. text],
        ];
        foreach (var connect in connects)
        {
            await using var connection = await broker.OpenAsync(version);
            await connection.SendAsync(Packet(0x10, connect));
            await connection.AssertClosedAsync();
        }
    }

    [Theory, Statement("MQTT-1.5.4-2", "MQTT-4.7.3-2", "3.1.1:MQTT-1.5.3-2", "3.1.1:MQTT-4.7.3-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_1_5_4_2_The_null_character_closes_the_connection(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        byte[] none = version == MqttVersion.V5 ? [0] : [];
        byte[][] packets = [Packet(0x30, [0, 2, 97, 0, .. none]), Packet(0x82, [0, 1, .. none, 0, 2, 97, 0, 0])];
        foreach (var packet in packets)
        {
            await using var connection = await broker.OpenAsync("c", version);
            await connection.SendAsync(packet);
            Assert.NotEqual(PacketType.Suback, (await connection.ReceiveAsync())?.Type ?? PacketType.Disconnect);
        }
    }

    [Theory, Statement("MQTT-1.5.4-3", "MQTT-4.7.3-4", "3.1.1:MQTT-1.5.3-3", "3.1.1:MQTT-4.7.3-4")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_1_5_4_3_A_zero_width_no_break_space_is_a_character_and_nothing_is_normalised(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SubscribeAsync("\uFEFFa", 0);
        await connection.SubscribeAsync("caf\u00E9", 0);
        await connection.PublishAsync("a", "without");
        await connection.PublishAsync("cafe\u0301", "another way to write it");
        await connection.PublishAsync("\uFEFFa", "with");
        var message = await connection.ReceivePublishAsync();
        Assert.Equal(("\uFEFFa", "with"), (message.Topic, message.Payload));
    }

    [Theory, Statement("MQTT-1.5.5-1")]
    [InlineData(new byte[] { 0xC0, 0x80, 0x00 })]
    [InlineData(new byte[] { 0x30, 0x85, 0x00, 0, 1, 97, 0, 1 })]
    [InlineData(new byte[] { 0x30, 0x06, 0, 1, 97, 0x80, 0x00, 1 })]
    public async Task MQTT_1_5_5_1_A_length_in_more_bytes_than_it_needs_is_malformed(byte[] packet)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(packet);
        Assert.Equal(ReasonCode.MalformedPacket, await connection.ReceiveDisconnectAsync());
    }

    [Theory, Statement("MQTT-1.5.7-1")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MQTT_1_5_7_1_Both_strings_of_a_pair_must_be_well_formed(bool name)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        byte[] bad = [0, 3, .. Surrogate], good = [0, 1, 97];
        byte[] pair = [0x26, .. name ? bad : good, .. name ? good : bad];
        await connection.SendAsync(Packet(0x30, [0, 1, 97, (byte)pair.Length, .. pair]));
        Assert.Equal(ReasonCode.MalformedPacket, await connection.ReceiveDisconnectAsync());
    }

    [Theory, Statement("MQTT-2.1.3-1", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1", "MQTT-3.15.1-1",
        "3.1.1:MQTT-2.2.2-1", "3.1.1:MQTT-2.2.2-2", "3.1.1:MQTT-3.6.1-1", "3.1.1:MQTT-3.8.1-1", "3.1.1:MQTT-3.10.1-1", "3.1.1:MQTT-3.14.1-1")]
    [InlineData(0x41, "0001")]
    [InlineData(0x51, "0001")]
    [InlineData(0x60, "0001")]
    [InlineData(0x63, "0001")]
    [InlineData(0x71, "0001")]
    [InlineData(0x80, "0001000001610000")]
    [InlineData(0x8A, "0001000001610000")]
    [InlineData(0xA0, "000100000161")]
    [InlineData(0xC1, "")]
    [InlineData(0xE1, "")]
    [InlineData(0xF1, "")]
    public async Task MQTT_2_1_3_1_Reserved_flags_that_are_not_as_they_must_be_are_malformed(byte first, string body)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(Packet(first, Convert.FromHexString(body)));
        Assert.Equal(ReasonCode.MalformedPacket, await connection.ReceiveDisconnectAsync());

        await using var older = await broker.OpenAsync("d");
        await older.SendAsync(Packet(first, Convert.FromHexString(body)));
        await older.AssertClosedAsync();
    }

    [Theory, Statement("MQTT-2.2.1-2", "3.1.1:MQTT-2.3.1-5")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_2_2_1_2_A_message_of_qos_0_has_no_packet_identifier(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SubscribeAsync("a", 2);
        byte[] packet = version == MqttVersion.V5 ? [0x30, 6, 0, 1, 97, 0, 1, 2] : [0x30, 5, 0, 1, 97, 1, 2];
        await connection.SendAsync(packet);
        Assert.Equal(packet, (await connection.ReceiveAsync(PacketType.Publish)).Bytes);
    }

    [Theory, Statement("MQTT-2.2.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1", "3.1.1:MQTT-2.3.1-1", "3.1.1:MQTT-2.3.1-2", "3.1.1:MQTT-2.3.1-4", "3.1.1:MQTT-4.3.2-1", "3.1.1:MQTT-4.3.3-1")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task MQTT_2_2_1_4_Each_message_under_way_has_an_identifier_of_its_own_that_is_not_0(int qos)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var subscriber = await broker.OpenAsync("s");
        await subscriber.SubscribeAsync("a", qos);
        await using var publisher = await broker.OpenAsync("p");
        var ids = new List<ushort>();
        for (ushort i = 1; i <= 20; i++)
        {
            await publisher.PublishAsync("a", $"{i}", qos, i);
            var message = await subscriber.ReceivePublishAsync();
            ids.Add(message.Id);
            Assert.False(message.Duplicate);
        }
        Assert.Equal(20, ids.Where(id => id != 0).Distinct().Count());
    }

    [Theory, Statement("MQTT-2.2.1-5", "MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.3.3-11", "3.1.1:MQTT-2.3.1-6", "3.1.1:MQTT-3.3.4-1", "3.1.1:MQTT-4.3.2-2", "3.1.1:MQTT-4.3.3-2")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_2_2_1_5_Acknowledgements_have_the_messages_identifier(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.PublishAsync("a", "0");
        await connection.PublishAsync("a", "1", 1, 0x1234);
        Assert.Equal(0x1234, (await connection.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
        await connection.PublishAsync("a", "2", 2, 0x4321);
        Assert.Equal(0x4321, (await connection.ReceiveAcknowledgementAsync(PacketType.Pubrec)).PacketIdentifier);
        await connection.AcknowledgeAsync(PacketType.Pubrel, 0x4321);
        Assert.Equal(0x4321, (await connection.ReceiveAcknowledgementAsync(PacketType.Pubcomp)).PacketIdentifier);
    }

    [Theory, Statement("MQTT-2.2.1-6", "MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-3.10.4-4", "MQTT-3.10.4-5", "3.1.1:MQTT-2.3.1-7", "3.1.1:MQTT-3.8.4-1", "3.1.1:MQTT-3.8.4-2", "3.1.1:MQTT-3.10.4-4", "3.1.1:MQTT-3.10.4-5")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_2_2_1_6_Suback_and_unsuback_have_their_requests_identifier(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", version);
        await connection.SubscribeAsync("a", 1, id: 0xABCD);
        await connection.SendAsync(new UnsubscribePacket(0x0102, [TopicFilter.Parse("a"), TopicFilter.Parse("never subscribed")]));
        var unsuback = SubackPacket.Read(await connection.ReceiveAsync(PacketType.Unsuback), version);
        Assert.Equal(0x0102, unsuback.PacketIdentifier);
        if (version == MqttVersion.V5) Assert.Equal([ReasonCode.Success, ReasonCode.NoSubscriptionExisted], unsuback.Reasons);
    }

    [Fact, Statement("MQTT-2.2.2-1")]
    public async Task MQTT_2_2_2_1_A_packet_without_properties_says_so_with_a_length_of_0()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var connection = await broker.OpenAsync("c", MqttVersion.V5);
        await connection.SendAsync(Packet(0x82, [0, 9, 0, 0, 1, 97, 0]));
        Assert.Equal([0x90, 4, 0, 9, 0, 0], (await connection.ReceiveAsync(PacketType.Suback)).Bytes);
        await connection.PublishAsync("a", "x");
        Assert.Equal([0x30, 5, 0, 1, 97, 0, (byte)'x'], (await connection.ReceiveAsync(PacketType.Publish)).Bytes);
    }

    [Theory, Statement("MQTT-4.7.3-3", "3.1.1:MQTT-4.7.3-3")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task MQTT_4_7_3_3_Topics_may_have_as_many_bytes_as_their_length_can_say(MqttVersion version)
    {
        await using var broker = await TestBroker.StartAsync(o => o.MaxTopicLength = 65_535);
        await using var connection = await broker.OpenAsync("c", version);
        var topic = new string('t', 65_535);
        Assert.True((await connection.SubscribeAsync(topic, 0))[0] < ReasonCode.UnspecifiedError);
        await connection.PublishAsync(topic, "x");
        Assert.Equal(topic, (await connection.ReceivePublishAsync()).Topic);
    }

    internal static byte[] Packet(byte first, byte[] body)
    {
        var buffer = new PacketBuffer();
        buffer.Byte(first);
        buffer.VariableIntegerValue(body.Length);
        buffer.Raw(body);
        return buffer.Written.ToArray();
    }

    internal static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
