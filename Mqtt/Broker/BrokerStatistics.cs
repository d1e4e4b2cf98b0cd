namespace Weir.Mqtt;

/// <summary>The broker's counts since it was made.</summary>
public sealed record BrokerStatistics
{
    /// <summary>Connections that are open now.</summary>
    public required int Connections { get; init; }

    /// <summary>Sessions that are held now, those without a connection included.</summary>
    public required int Sessions { get; init; }

    /// <summary>Subscriptions that are held now, of all sessions.</summary>
    public required int Subscriptions { get; init; }

    /// <summary>Topics that are tracked now.</summary>
    public required int Topics { get; init; }

    /// <summary>Retained messages that are held now.</summary>
    public required int RetainedMessages { get; init; }

    /// <summary>Connections taken.</summary>
    public required long ConnectionsAccepted { get; init; }

    /// <summary>Connections refused: too many, or a CONNECT that was not accepted.</summary>
    public required long ConnectionsRefused { get; init; }

    /// <summary>Messages received from publishers.</summary>
    public required long MessagesReceived { get; init; }

    /// <summary>Messages sent to subscribers.</summary>
    public required long MessagesSent { get; init; }

    /// <summary>Bytes received, all packets.</summary>
    public required long BytesReceived { get; init; }

    /// <summary>Bytes sent, all packets.</summary>
    public required long BytesSent { get; init; }

    /// <summary>Messages dropped, by cause.</summary>
    public required DroppedMessages Dropped { get; init; }
}

/// <summary>Messages that did not reach a subscriber or the handler, by cause.</summary>
/// <param name="QueueFull">A session's queue had no room.</param>
/// <param name="Expired">The message expiry interval had passed.</param>
/// <param name="PacketTooLarge">Larger than the subscriber's maximum packet size.</param>
/// <param name="SessionEnded">Waiting in a session that ended.</param>
/// <param name="Rejected">Rejected by the handler.</param>
/// <param name="HandlerFailed">The handler failed.</param>
/// <param name="RetainedFull">Delivered, but not retained: there are too many retained messages.</param>
/// <param name="NotAuthorized">The access rules do not allow the publisher its topic.</param>
public sealed record DroppedMessages(
    long QueueFull, long Expired, long PacketTooLarge, long SessionEnded, long Rejected, long HandlerFailed, long RetainedFull,
    long NotAuthorized)
{
    /// <summary>All but those that were only not retained.</summary>
    public long Total => QueueFull + Expired + PacketTooLarge + SessionEnded + Rejected + HandlerFailed + NotAuthorized;
}
