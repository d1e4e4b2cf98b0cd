using System.Text;

namespace Weir.Mqtt;

/// <summary>What client and broker agree on: the client's wishes within the broker's limits.</summary>
internal sealed record ConnectTerms
{
    private readonly Properties answer = new();

    public string ClientId { get; private init; } = "";

    public bool CleanStart { get; private init; }

    public WillMessage? Will { get; private init; }

    public TimeSpan KeepAlive { get; private init; }

    public TimeSpan SessionExpiry { get; private init; }

    /// <summary>Messages that may be on their way to the client at one time.</summary>
    public int Window { get; private init; }

    /// <summary>Why the client is not let in; null when it is.</summary>
    public ConnackPacket? Refusal { get; private init; }

    public static ConnectTerms For(ConnectPacket connect, MqttBrokerOptions options)
    {
        if (FindFault(connect, options) is { } fault) return new ConnectTerms { Refusal = fault };

        var v5 = connect.Version == MqttVersion.V5;
        var longest = (int)options.MaxKeepAlive.TotalSeconds;
        var shortened = v5 && longest < ushort.MaxValue && (connect.KeepAlive == 0 || connect.KeepAlive > longest);
        // MQTT 3.1.1 knows two lives of a session: that of the connection, and no end.
        var wished = v5 ? connect.Properties.SessionExpiryInterval ?? 0 : connect.CleanStart ? 0 : uint.MaxValue;
        var expiry = Expiry(wished, options);
        var assigned = connect.ClientId.Length == 0 ? $"weir-{Guid.NewGuid():N}" : null;

        var terms = new ConnectTerms
        {
            CleanStart = connect.CleanStart,
            Will = connect.Will,
            ClientId = assigned ?? connect.ClientId,
            KeepAlive = TimeSpan.FromSeconds(shortened ? longest : connect.KeepAlive),
            SessionExpiry = expiry,
            Window = Math.Min(options.MaxInflight, connect.Properties.ReceiveMaximum ?? ushort.MaxValue),
        };
        terms.answer.AssignedClientIdentifier = assigned;
        terms.answer.ServerKeepAlive = shortened ? (ushort)longest : null;
        terms.answer.SessionExpiryInterval = expiry.TotalSeconds < wished ? (uint)expiry.TotalSeconds : null;
        terms.answer.ReceiveMaximum = (ushort)options.ReceiveMaximum;
        terms.answer.MaximumPacketSize = (uint)options.MaxPacketSize;
        terms.answer.TopicAliasMaximum = (ushort)options.TopicAliasMaximum;
        if (connect.Properties.RequestResponseInformation == 1)
        {
            terms.answer.ResponseInformation = options.ResponseInformation?.Replace("%c", terms.ClientId, StringComparison.Ordinal);
        }
        return terms;
    }

    public static TimeSpan Expiry(uint seconds, MqttBrokerOptions options) =>
        TimeSpan.FromSeconds(Math.Min(seconds, options.MaxSessionExpiry.TotalSeconds));

    public static ConnackPacket Refuse(ReasonCode reason, string why) =>
        new(false, reason) { Properties = new Properties { ReasonString = why } };

    /// <param name="sessionPresent">Whether the session was there.</param>
    /// <param name="method">The authentication method that the client named; null for none.</param>
    /// <param name="data">The last of its authentication data.</param>
    public ConnackPacket Answer(bool sessionPresent, string? method, ReadOnlyMemory<byte>? data)
    {
        answer.AuthenticationMethod = method;
        answer.AuthenticationData = data?.ToArray();
        return new ConnackPacket(sessionPresent, ReasonCode.Success) { Properties = answer };
    }

    private static ConnackPacket? FindFault(ConnectPacket connect, MqttBrokerOptions options)
    {
        if (connect is { ClientId.Length: 0, Version: MqttVersion.V31 })
        {
            return Refuse(ReasonCode.ClientIdentifierNotValid, "MQTT 3.1 needs a client identifier.");
        }
        if (connect is { ClientId.Length: 0, Version: MqttVersion.V311, CleanStart: false })
        {
            return Refuse(ReasonCode.ClientIdentifierNotValid, "A session that is to last needs a client identifier.");
        }
        if (Encoding.UTF8.GetByteCount(connect.ClientId) > options.MaxClientIdLength)
        {
            return Refuse(ReasonCode.ClientIdentifierNotValid, $"The client identifier is longer than {options.MaxClientIdLength} bytes.");
        }
        if (connect.Will is { } will
            && (Encoding.UTF8.GetByteCount(will.Topic) > options.MaxTopicLength || will.Topic.Split('/').Length > options.MaxTopicLevels))
        {
            return Refuse(ReasonCode.TopicNameInvalid,
                $"The will's topic has more than {options.MaxTopicLength} bytes or {options.MaxTopicLevels} levels.");
        }
        return null;
    }
}
