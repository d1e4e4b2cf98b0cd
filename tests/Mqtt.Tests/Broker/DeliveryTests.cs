namespace Weir.Mqtt.Tests.Broker;

public sealed class DeliveryTests
{
    [Theory]
    [InlineData((int)MqttVersion.V311, (int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V311, (int)MqttVersion.V5)]
    [InlineData((int)MqttVersion.V5, (int)MqttVersion.V311)]
    [InlineData((int)MqttVersion.V5, (int)MqttVersion.V5)]
    public async Task A_message_reaches_a_subscriber_with_the_lower_qos_of_the_two(int from, int to)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await broker.OpenAsync("publisher", (MqttVersion)from);
        for (var published = 0; published <= 2; published++)
        {
            for (var granted = 0; granted <= 2; granted++)
            {
                await using var subscriber = await broker.OpenAsync($"subscriber-{published}-{granted}", (MqttVersion)to);
                Assert.Equal([(ReasonCode)granted], await subscriber.SubscribeAsync("a/+/c", granted));

                await publisher.PublishAsync("a/b/c", "21.5", published, id: 7);
                if (published == 1) Assert.Equal(7, (await publisher.ReceiveAcknowledgementAsync(PacketType.Puback)).PacketIdentifier);
                if (published == 2)
                {
                    Assert.Equal(7, (await publisher.ReceiveAcknowledgementAsync(PacketType.Pubrec)).PacketIdentifier);
                    await publisher.AcknowledgeAsync(PacketType.Pubrel, 7);
                    Assert.Equal(7, (await publisher.ReceiveAcknowledgementAsync(PacketType.Pubcomp)).PacketIdentifier);
                }

                var received = await subscriber.ReceivePublishAsync();
                Assert.Equal(("a/b/c", "21.5", Math.Min(published, granted), false, false),
                    (received.Topic, received.Payload, received.QoS, received.Retain, received.Duplicate));
                Assert.Equal(received.QoS > 0, received.Id > 0);
            }
        }
    }
}
