namespace Weir.Mqtt;

/// <summary>The other side broke the protocol, refused, or went away. The message says which.</summary>
public sealed class MqttException : Exception
{
    /// <summary>Creates one.</summary>
    public MqttException(ReasonCode reason, string message) : base(message) => Reason = reason;

    /// <summary>Creates one with its cause.</summary>
    public MqttException(ReasonCode reason, string message, Exception cause) : base(message, cause) => Reason = reason;

    /// <summary>The reason as MQTT 5 numbers it; for MQTT 3.1.1 the nearest one.</summary>
    public ReasonCode Reason { get; }

    internal static MqttException Malformed(string message) => new(ReasonCode.MalformedPacket, message);

    internal static MqttException ProtocolError(string message) => new(ReasonCode.ProtocolError, message);
}
