using System.Net.Security;

namespace Weir.Mqtt;

/// <summary>How a client connects.</summary>
public sealed record MqttClientOptions
{
    /// <summary>The broker's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>The broker's TCP port. Default 1883.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>The client identifier; empty lets the broker choose one.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The user name; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>The password; null for none.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>
    /// How TLS is spoken: whom to trust, the client's certificate. Null, the default, for no TLS. Without a target host
    /// in it, the certificate must be that of <see cref="Host"/>.
    /// </summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The path of MQTT over WebSocket, usually <c>/mqtt</c>; null, the default, for bare TCP or TLS.</summary>
    public string? WebSocketPath { get; init; }

    /// <summary>The protocol version. Default MQTT 5.</summary>
    public MqttVersion Version { get; init; } = MqttVersion.V5;

    /// <summary>Whether the first connection begins a new session. Later ones, of a reconnect, never do.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>How long the broker keeps the session after the connection (MQTT 5). Default zero: not at all.</summary>
    public TimeSpan SessionExpiry { get; init; }

    /// <summary>A PINGREQ is sent when nothing else was for this time; zero for never. Default 30 s.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the broker publishes should this client go without a word.</summary>
    public MqttWill? Will { get; init; }

    /// <summary>How long connecting may take, CONNACK included. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages of QoS 1 and 2 on their way at one time; more wait. 1 to 32,768, default 1,024.</summary>
    public int MaxInflight { get; init; } = 1024;

    /// <summary>Received messages that may wait for a handler; beyond that QoS 0 is dropped and counted. Default 10,000.</summary>
    public int MaxPending { get; init; } = 10_000;

    /// <summary>Largest packet taken, in bytes. Default 16 MiB.</summary>
    public int MaxPacketSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>Topic aliases that the broker may set towards this client (MQTT 5). Default 0: none.</summary>
    public int TopicAliasMaximum { get; init; }

    /// <summary>When set, a lost connection is made again, by and by more slowly; unfinished messages are sent again.</summary>
    public MqttReconnect? Reconnect { get; init; }

    internal ConnectPacket ToConnect(string clientId, bool cleanStart) => new()
    {
        Version = Version,
        ClientId = clientId,
        CleanStart = cleanStart,
        KeepAlive = (ushort)KeepAlive.TotalSeconds,
        Will = Will?.ToMessage(),
        UserName = UserName,
        Password = Password?.ToArray(),
        Properties = new Properties
        {
            SessionExpiryInterval = SessionExpiry > TimeSpan.Zero ? (uint)Math.Min(SessionExpiry.TotalSeconds, uint.MaxValue) : null,
            MaximumPacketSize = (uint)MaxPacketSize,
            TopicAliasMaximum = TopicAliasMaximum > 0 ? (ushort)TopicAliasMaximum : null,
        },
    };

    /// <exception cref="ArgumentException">A value is out of range; the message says which.</exception>
    internal void Validate()
    {
        Check(Port is >= 1 and <= 65_535, $"{nameof(Port)} must be between 1 and 65,535, but is {Port}.");
        Check(KeepAlive == TimeSpan.Zero || KeepAlive.TotalSeconds is >= 1 and <= ushort.MaxValue,
            $"{nameof(KeepAlive)} must be zero or between 1 and 65,535 s, but is {KeepAlive}.");
        Check(ConnectTimeout > TimeSpan.Zero, $"{nameof(ConnectTimeout)} must be above zero, but is {ConnectTimeout}.");
        Check(MaxInflight is >= 1 and <= 32_768, $"{nameof(MaxInflight)} must be between 1 and 32,768, but is {MaxInflight}.");
        Check(MaxPending >= 1, $"{nameof(MaxPending)} must be at least 1, but is {MaxPending}.");
        Check(MaxPacketSize is >= 128 and <= VariableInteger.Maximum,
            $"{nameof(MaxPacketSize)} must be between 128 and 268,435,455, but is {MaxPacketSize}.");
        Check(TopicAliasMaximum is >= 0 and <= ushort.MaxValue, $"{nameof(TopicAliasMaximum)} must be between 0 and 65,535, but is {TopicAliasMaximum}.");
        Check(Password is null || UserName is not null || Version == MqttVersion.V5, $"{nameof(Password)} needs a {nameof(UserName)} before MQTT 5.");
        Check(WebSocketPath is null || WebSocketPath.StartsWith('/'), $"{nameof(WebSocketPath)} must begin with '/', but is '{WebSocketPath}'.");
        Check(Reconnect is null || (Reconnect.FirstDelay > TimeSpan.Zero && Reconnect.LongestDelay >= Reconnect.FirstDelay),
            $"{nameof(Reconnect)}: the first delay must be above zero and not above the longest one.");

        static void Check(bool holds, string fault)
        {
            if (!holds) throw new ArgumentException($"MQTT client: {fault}");
        }
    }
}

/// <summary>A client's will.</summary>
/// <param name="Topic">Where it is published.</param>
/// <param name="Payload">What is published.</param>
/// <param name="QoS">With which QoS.</param>
/// <param name="Retain">Whether it is kept for future subscribers.</param>
public sealed record MqttWill(
    string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QoS = QualityOfService.AtLeastOnce, bool Retain = false)
{
    /// <summary>How long the broker waits for the client to come back before it publishes (MQTT 5). Default zero.</summary>
    public TimeSpan Delay { get; init; }

    internal WillMessage ToMessage() => new(Topic, Payload.ToArray(), QoS, Retain, new Properties
    {
        WillDelayInterval = Delay > TimeSpan.Zero ? (uint)Delay.TotalSeconds : null,
    });
}

/// <summary>How a lost connection is made again: after a delay that doubles with each failure, give or take a quarter.</summary>
/// <param name="FirstDelay">The first delay.</param>
/// <param name="LongestDelay">The longest delay.</param>
public sealed record MqttReconnect(TimeSpan FirstDelay, TimeSpan LongestDelay)
{
    internal TimeSpan DelayBefore(int attempt)
    {
        var delay = Math.Min(LongestDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 30)));
        return TimeSpan.FromMilliseconds(delay * (0.75 + Random.Shared.NextDouble() / 2));
    }
}

/// <summary>A message that a subscription has brought.</summary>
/// <param name="Topic">The topic name.</param>
/// <param name="Payload">The payload; valid for as long as it is referenced.</param>
/// <param name="QoS">The QoS it came with.</param>
/// <param name="Retain">True when it was retained before the subscription was made.</param>
/// <param name="Duplicate">True when the broker may have sent it before.</param>
/// <param name="RawProperties">The properties of MQTT 5 as they were on the wire.</param>
public readonly record struct ReceivedMessage(
    string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QoS, bool Retain, bool Duplicate, ReadOnlyMemory<byte> RawProperties)
{
    /// <summary>Reads the properties of MQTT 5; this allocates.</summary>
    public PublishProperties ReadProperties() => PublishProperties.Read(RawProperties.Span);
}
