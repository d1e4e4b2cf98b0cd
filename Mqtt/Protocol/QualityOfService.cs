namespace Weir.Mqtt;

/// <summary>How surely a message is delivered (MQTT, section 4.3).</summary>
public enum QualityOfService : byte
{
    /// <summary>QoS 0: sent once, never acknowledged.</summary>
    AtMostOnce = 0,
    /// <summary>QoS 1: repeated until acknowledged; it may arrive twice.</summary>
    AtLeastOnce = 1,
    /// <summary>QoS 2: a four-packet exchange; it arrives once.</summary>
    ExactlyOnce = 2,
}
