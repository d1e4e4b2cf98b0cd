namespace Weir.Mqtt;

/// <summary>A client that the broker holds a session for, connected or not.</summary>
public sealed record MqttClientStatus
{
    /// <summary>Its client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>Who it is; null for an anonymous client.</summary>
    public required string? User { get; init; }

    /// <summary>Whether it has a connection now; what concerns a connection is null or zero where it has none.</summary>
    public required bool IsConnected { get; init; }

    /// <summary>The protocol version that it speaks.</summary>
    public required MqttVersion? Version { get; init; }

    /// <summary>Where it connects from.</summary>
    public required string? RemoteEndPoint { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset? ConnectedSince { get; init; }

    /// <summary>Its keep-alive time; zero for none.</summary>
    public required TimeSpan KeepAlive { get; init; }

    /// <summary>How long its session outlives its connection.</summary>
    public required TimeSpan SessionExpiry { get; init; }

    /// <summary>How many subscriptions its session has.</summary>
    public required int Subscriptions { get; init; }

    /// <summary>How many messages wait for it.</summary>
    public required int QueuedMessages { get; init; }

    /// <summary>How many bytes those have.</summary>
    public required long QueuedBytes { get; init; }

    /// <summary>How many messages it has not acknowledged yet.</summary>
    public required int InflightMessages { get; init; }

    /// <summary>Messages that it has published on this connection.</summary>
    public required long MessagesReceived { get; init; }

    /// <summary>Messages that it was sent on this connection.</summary>
    public required long MessagesSent { get; init; }

    /// <summary>Messages a second that it publishes.</summary>
    public required double ReceivedPerSecond { get; init; }

    /// <summary>Messages a second that it is sent.</summary>
    public required double SentPerSecond { get; init; }

    /// <summary>Messages that were dropped on their way to it, by cause.</summary>
    public required DroppedMessages Dropped { get; init; }
}

/// <summary>A client with its subscriptions.</summary>
/// <param name="Status">How it does.</param>
/// <param name="Subscriptions">What it subscribes.</param>
public sealed record MqttClientDetails(MqttClientStatus Status, IReadOnlyList<MqttSubscription> Subscriptions);

/// <summary>One subscription.</summary>
/// <param name="Filter">The topic filter, with the share name where it is shared.</param>
/// <param name="QoS">The QoS that was granted.</param>
/// <param name="NoLocal">Whether the client's own messages are left out.</param>
/// <param name="RetainAsPublished">Whether messages keep the publisher's retain flag.</param>
public sealed record MqttSubscription(string Filter, QualityOfService QoS, bool NoLocal, bool RetainAsPublished);
