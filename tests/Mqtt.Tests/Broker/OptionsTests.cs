using Microsoft.Extensions.Options;

namespace Weir.Mqtt.Tests.Broker;

public sealed class OptionsTests
{
    public static TheoryData<string, object, object> Edges => new()
    {
        { nameof(MqttBrokerOptions.MaxConnections), 1, 0 },
        { nameof(MqttBrokerOptions.MaxSessions), 1, 0 },
        { nameof(MqttBrokerOptions.MaxPacketSize), 128, 127 },
        { nameof(MqttBrokerOptions.MaxPacketSize), 268_435_455, 268_435_456 },
        { nameof(MqttBrokerOptions.MaxClientIdLength), 23, 22 },
        { nameof(MqttBrokerOptions.MaxTopicLength), 65_535, 65_536 },
        { nameof(MqttBrokerOptions.MaxTopicLevels), 1, 0 },
        { nameof(MqttBrokerOptions.MaxSubscriptionsPerSession), 1, 0 },
        { nameof(MqttBrokerOptions.ConnectTimeout), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.9) },
        { nameof(MqttBrokerOptions.TcpKeepAlive), TimeSpan.Zero, TimeSpan.FromSeconds(86_401) },
        { nameof(MqttBrokerOptions.MaxKeepAlive), TimeSpan.FromSeconds(65_535), TimeSpan.FromSeconds(65_536) },
        { nameof(MqttBrokerOptions.MaxSessionExpiry), TimeSpan.Zero, TimeSpan.FromSeconds(-1) },
        { nameof(MqttBrokerOptions.MaxInflight), 65_535, 65_536 },
        { nameof(MqttBrokerOptions.ReceiveMaximum), 1, 0 },
        { nameof(MqttBrokerOptions.TopicAliasMaximum), 0, -1 },
        { nameof(MqttBrokerOptions.MaxQueuedMessages), 1, 0 },
        { nameof(MqttBrokerOptions.MaxQueuedBytes), 1024L, 1023L },
        { nameof(MqttBrokerOptions.MaxRetainedMessages), 0, -1 },
        { nameof(MqttBrokerOptions.MaxRetainedBytes), 0L, -1L },
        { nameof(MqttBrokerOptions.MaxTrackedTopics), 1, 0 },
        { nameof(MqttBrokerOptions.TrackedPayloadBytes), 65_536, 65_537 },
        { nameof(MqttBrokerOptions.MaxWatchedBytes), 0L, -1L },
        { nameof(MqttBrokerOptions.MaxBatchesInFlight), 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Edges))]
    public async Task A_host_starts_with_a_limit_at_its_edge_and_not_beyond_it(string option, object edge, object beyond)
    {
        await using (await TestBroker.StartAsync(options => Set(options, edge))) { }
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => TestBroker.StartAsync(options => Set(options, beyond)));
        Assert.Matches($"^mqtt: {option} must be between .+, but is .+\\.$", fault.Message);

        void Set(MqttBrokerOptions options, object value) => typeof(MqttBrokerOptions).GetProperty(option)!.SetValue(options, value);
    }
}
