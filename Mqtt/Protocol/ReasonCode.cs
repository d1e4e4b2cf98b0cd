namespace Weir.Mqtt;

/// <summary>Why a packet was answered as it was (MQTT 5, section 2.4). Values of 0x80 and above are failures.</summary>
public enum ReasonCode : byte
{
    /// <summary>Success; in a SUBACK: QoS 0 is granted; in a DISCONNECT: a normal end without will.</summary>
    Success = 0x00,
    /// <summary>SUBACK: QoS 1 is granted.</summary>
    GrantedQoS1 = 0x01,
    /// <summary>SUBACK: QoS 2 is granted.</summary>
    GrantedQoS2 = 0x02,
    /// <summary>DISCONNECT: the client ends, but its will is to be published.</summary>
    DisconnectWithWillMessage = 0x04,
    /// <summary>The message was accepted, but nobody subscribes to its topic.</summary>
    NoMatchingSubscribers = 0x10,
    /// <summary>UNSUBACK: there was no such subscription.</summary>
    NoSubscriptionExisted = 0x11,
    /// <summary>AUTH: another step is needed.</summary>
    ContinueAuthentication = 0x18,
    /// <summary>AUTH: begin again.</summary>
    ReAuthenticate = 0x19,
    /// <summary>A failure that has no code of its own.</summary>
    UnspecifiedError = 0x80,
    /// <summary>The bytes are not a packet of this protocol version.</summary>
    MalformedPacket = 0x81,
    /// <summary>A well-formed packet that is not allowed here.</summary>
    ProtocolError = 0x82,
    /// <summary>Valid, but this receiver does not process it.</summary>
    ImplementationSpecificError = 0x83,
    /// <summary>The protocol version is not supported.</summary>
    UnsupportedProtocolVersion = 0x84,
    /// <summary>The client identifier is valid, but not allowed.</summary>
    ClientIdentifierNotValid = 0x85,
    /// <summary>The user name or password is not accepted.</summary>
    BadUserNameOrPassword = 0x86,
    /// <summary>Not authorised.</summary>
    NotAuthorized = 0x87,
    /// <summary>The server is not available.</summary>
    ServerUnavailable = 0x88,
    /// <summary>The server is busy; try again later.</summary>
    ServerBusy = 0x89,
    /// <summary>The client is banned.</summary>
    Banned = 0x8A,
    /// <summary>The server is shutting down.</summary>
    ServerShuttingDown = 0x8B,
    /// <summary>The authentication method is not supported.</summary>
    BadAuthenticationMethod = 0x8C,
    /// <summary>Nothing came for one and a half times the keep-alive time.</summary>
    KeepAliveTimeout = 0x8D,
    /// <summary>Another connection uses the same client identifier.</summary>
    SessionTakenOver = 0x8E,
    /// <summary>The topic filter is well-formed, but not accepted.</summary>
    TopicFilterInvalid = 0x8F,
    /// <summary>The topic name is well-formed, but not accepted.</summary>
    TopicNameInvalid = 0x90,
    /// <summary>The packet identifier is in use.</summary>
    PacketIdentifierInUse = 0x91,
    /// <summary>The packet identifier is not known.</summary>
    PacketIdentifierNotFound = 0x92,
    /// <summary>More messages are unacknowledged than the receive maximum allows.</summary>
    ReceiveMaximumExceeded = 0x93,
    /// <summary>The topic alias is zero or above the maximum.</summary>
    TopicAliasInvalid = 0x94,
    /// <summary>The packet is larger than the receiver's maximum.</summary>
    PacketTooLarge = 0x95,
    /// <summary>Messages come too fast.</summary>
    MessageRateTooHigh = 0x96,
    /// <summary>A quota is used up.</summary>
    QuotaExceeded = 0x97,
    /// <summary>An operator ended the connection.</summary>
    AdministrativeAction = 0x98,
    /// <summary>The payload is not in the format that it claims.</summary>
    PayloadFormatInvalid = 0x99,
    /// <summary>Retained messages are not supported.</summary>
    RetainNotSupported = 0x9A,
    /// <summary>The QoS is above what is supported.</summary>
    QoSNotSupported = 0x9B,
    /// <summary>Use another server for now.</summary>
    UseAnotherServer = 0x9C,
    /// <summary>Use another server from now on.</summary>
    ServerMoved = 0x9D,
    /// <summary>Shared subscriptions are not supported.</summary>
    SharedSubscriptionsNotSupported = 0x9E,
    /// <summary>Connections come too fast.</summary>
    ConnectionRateExceeded = 0x9F,
    /// <summary>The connection has lasted as long as it may.</summary>
    MaximumConnectTime = 0xA0,
    /// <summary>Subscription identifiers are not supported.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,
    /// <summary>Wildcards are not supported.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
