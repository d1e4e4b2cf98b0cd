namespace Weir.Mqtt;

/// <summary>What a refusal says to people where nothing better is known.</summary>
internal static class ReasonText
{
    public static string Of(ReasonCode reason) => reason switch
    {
        ReasonCode.NotAuthorized => "The access rules do not allow this.",
        ReasonCode.QuotaExceeded => "A limit of the broker is reached.",
        ReasonCode.PayloadFormatInvalid => "The payload is said to be UTF-8 text, but is not.",
        ReasonCode.TopicNameInvalid => "The topic name is not accepted here.",
        ReasonCode.TopicFilterInvalid => "The topic filter has more bytes or levels than are accepted here.",
        ReasonCode.PacketIdentifierNotFound => "No message of this packet identifier is on its way.",
        ReasonCode.ImplementationSpecificError => "The message was not accepted.",
        _ => "The message could not be kept.",
    };
}
