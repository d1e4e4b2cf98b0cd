namespace Weir.Mqtt;

/// <summary>
/// Enhanced authentication of MQTT 5 (section 4.12): a client names a method, and both sides exchange AUTH packets until
/// one of them is content. One object a method; thread-safe.
/// </summary>
public interface IMqttEnhancedAuthenticator
{
    /// <summary>The method's name as clients send it, for instance <c>SCRAM-SHA-256</c>.</summary>
    string Method { get; }

    /// <summary>Begins an exchange with a client that connects, or that authenticates anew on its connection.</summary>
    IMqttAuthenticationExchange Begin(MqttLogin login);
}

/// <summary>An exchange with one client; used by one caller at a time.</summary>
public interface IMqttAuthenticationExchange
{
    /// <summary>Takes what the client sent and gives what comes next.</summary>
    /// <param name="data">The authentication data; null where the packet had none.</param>
    /// <param name="cancellationToken">Fires when the broker ends, or the client has waited too long.</param>
    ValueTask<MqttAuthenticationStep> NextAsync(ReadOnlyMemory<byte>? data, CancellationToken cancellationToken);
}

/// <summary>One step of an exchange.</summary>
/// <param name="Verdict">The decision; not decided where the client must send more.</param>
/// <param name="Data">What is sent to the client with it; null for nothing.</param>
public readonly record struct MqttAuthenticationStep(MqttLoginVerdict Verdict, ReadOnlyMemory<byte>? Data = null);
