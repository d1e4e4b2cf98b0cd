namespace Weir.Mqtt;

/// <summary>The properties of an MQTT 5 message that its publisher and its reader may want.</summary>
public sealed record PublishProperties
{
    /// <summary>True when the payload is said to be UTF-8 text; null when nothing is said.</summary>
    public bool? PayloadIsText { get; init; }

    /// <summary>How long the message is of use after it was published; null for ever. Whole seconds.</summary>
    public TimeSpan? MessageExpiryInterval { get; init; }

    /// <summary>What the payload is, for instance a MIME type.</summary>
    public string? ContentType { get; init; }

    /// <summary>The topic that an answer goes to.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>What tells the asker which question an answer belongs to.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>The publisher's own names and values, in their order.</summary>
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];

    internal static PublishProperties Empty { get; } = new();

    internal static PublishProperties Read(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return Empty;
        var raw = new Properties();
        raw.ReadBody(body, PropertyMask.Publish);
        return new PublishProperties
        {
            PayloadIsText = raw.PayloadFormatIndicator is { } indicator ? indicator == 1 : null,
            MessageExpiryInterval = raw.MessageExpiryInterval is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            ContentType = raw.ContentType,
            ResponseTopic = raw.ResponseTopic,
            CorrelationData = raw.CorrelationData is { } data ? data : default(ReadOnlyMemory<byte>?),
            UserProperties = raw.UserProperties,
        };
    }

    internal Properties ToProperties()
    {
        var raw = new Properties
        {
            PayloadFormatIndicator = PayloadIsText is { } text ? (byte)(text ? 1 : 0) : null,
            MessageExpiryInterval = MessageExpiryInterval is { } expiry
                ? (uint)Math.Clamp(Math.Ceiling(expiry.TotalSeconds), 0, uint.MaxValue) : null,
            ContentType = ContentType,
            ResponseTopic = ResponseTopic,
            CorrelationData = CorrelationData?.ToArray(),
        };
        raw.UserProperties.AddRange(UserProperties);
        return raw;
    }
}
