using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weir.Streams.Provider;

/// <summary>
/// A batch that a subscription did not take within the time that deliveries are repeated for. The stream
/// <c>&lt;scope&gt;/&lt;provider&gt;-dead-letter</c> has one event for each, as JSON.
/// </summary>
public sealed record DeadLetter
{
    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }

    /// <summary>The namespace of the Orleans stream.</summary>
    public required string Namespace { get; init; }

    /// <summary>The key of the Orleans stream.</summary>
    public required string Key { get; init; }

    /// <summary>Whose delivery failed.</summary>
    public required Guid Subscription { get; init; }

    /// <summary>The batch's token, as <see cref="StreamToken.ToString"/> writes it.</summary>
    public required string Token { get; init; }

    /// <summary>When it was given up.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The last error of the consumer, with its stack; null where it is not known.</summary>
    public string? Error { get; init; }

    /// <summary>The type of the events; null where the store does not have the batch any more.</summary>
    public string? EventType { get; init; }

    /// <summary>The events as the provider's serialiser wrote them: UTF-8 of JSON, unless another one was registered.</summary>
    public IReadOnlyList<byte[]> Events { get; init; } = [];

    /// <summary>Reads the payload of an event of a dead-letter stream.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static DeadLetter Read(ReadOnlySpan<byte> payload) =>
        JsonSerializer.Deserialize(payload, DeadLetterJson.Default.DeadLetter) ?? throw new JsonException("It is null.");

    internal byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, DeadLetterJson.Default.DeadLetter);
}

[JsonSerializable(typeof(DeadLetter))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class DeadLetterJson : JsonSerializerContext;
