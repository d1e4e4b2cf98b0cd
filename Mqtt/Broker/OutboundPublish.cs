namespace Weir.Mqtt;

/// <summary>How far a message is on its way to a subscriber.</summary>
internal enum DeliveryState : byte
{
    /// <summary>Not answered yet, or not sent yet.</summary>
    Open,
    /// <summary>QoS 2: received there; what is to be sent is PUBREL.</summary>
    Released,
    /// <summary>Finished.</summary>
    Done,
}

/// <summary>
/// One message on its way to one session: the publisher's packet, shared by all who get it, and what is the
/// session's own.
/// </summary>
internal struct OutboundPublish
{
    public byte[] Bytes;
    public int Start;
    public int Length;

    /// <summary>The subscription identifiers to add; mostly none.</summary>
    public int[]? SubscriptionIdentifiers;

    /// <summary>On the broker's clock in milliseconds; 0 for never.</summary>
    public long ExpiresAt;

    /// <summary>Its number in the journal; 0 where it is not kept.</summary>
    public long Number;

    public ushort PacketIdentifier;
    public MqttVersion Version;
    public QualityOfService QoS;
    public DeliveryState State;
    public bool Retain;
    public bool Duplicate;

    public readonly ReadOnlySpan<byte> Packet => Bytes.AsSpan(Start, Length);

    /// <summary>The payload; this looks at the packet.</summary>
    public readonly ArraySegment<byte> Payload
    {
        get
        {
            var at = PublishLayout.Of(Packet, Version).PayloadStart;
            return new ArraySegment<byte>(Bytes, Start + at, Length - at);
        }
    }

    public static OutboundPublish For(in PublishMessage message, Subscription subscription) => new()
    {
        Bytes = message.Packet.Array!,
        Start = message.Packet.Offset,
        Length = message.Length,
        SubscriptionIdentifiers = subscription.Identifiers,
        ExpiresAt = message.ExpiresAt,
        Version = message.Version,
        QoS = message.QoS < subscription.QoS ? message.QoS : subscription.QoS,
        Retain = subscription.RetainAsPublished && message.Retain,
    };

    /// <summary>Gives it bytes of its own, so that it no longer holds on to its neighbours'.</summary>
    public void Detach()
    {
        if (Bytes.Length == Length) return;
        Bytes = Packet.ToArray();
        Start = 0;
    }
}
