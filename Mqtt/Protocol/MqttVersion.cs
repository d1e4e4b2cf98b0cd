namespace Weir.Mqtt;

/// <summary>The protocol versions spoken here; the value is the one in CONNECT.</summary>
public enum MqttVersion : byte
{
    /// <summary>MQTT 3.1, of protocol name <c>MQIsdp</c>. On the wire it differs from 3.1.1 in CONNECT alone.</summary>
    V31 = 3,
    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,
    /// <summary>MQTT 5.</summary>
    V5 = 5,
}
