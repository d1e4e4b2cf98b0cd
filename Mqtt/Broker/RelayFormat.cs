using System.Buffers;
using System.Buffers.Binary;

namespace Weir.Mqtt;

/// <summary>
/// Messages on their way from one broker to another. Each is: MQTT version (1 byte), time of receipt in microseconds
/// (8), length of the packet (4), then the PUBLISH as it was received, without topic alias; numbers little-endian.
/// </summary>
internal static class RelayFormat
{
    private const int HeaderBytes = 13;

    public static void Write(IBufferWriter<byte> target, in PublishMessage message)
    {
        var header = target.GetSpan(HeaderBytes);
        header[0] = (byte)message.Version;
        BinaryPrimitives.WriteInt64LittleEndian(header[1..], message.Timestamp);
        BinaryPrimitives.WriteInt32LittleEndian(header[9..], message.Length);
        target.Advance(HeaderBytes);
        target.Write(message.Packet);
    }

    /// <summary>Takes the message that stands first; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are cut off.</exception>
    /// <exception cref="MqttException">The packet is malformed.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, MqttBroker broker, out PublishMessage message)
    {
        message = default;
        if (rest.IsEmpty) return false;
        if (rest.Length < HeaderBytes) throw CutOff();
        var version = (MqttVersion)rest[0];
        var timestamp = BinaryPrimitives.ReadInt64LittleEndian(rest[1..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest[9..]);
        rest = rest[HeaderBytes..];
        if (length < 2 || length > rest.Length) throw CutOff();

        var packet = MessageArena.Copy(rest[..length]);
        rest = rest[length..];
        var layout = PublishLayout.Of(packet, version);
        var properties = PublishPropertyScan.Read(packet.AsSpan(layout.PropertiesStart, layout.PropertiesLength));
        var expiresAt = properties.MessageExpiryInterval is { } seconds ? broker.Clock.Milliseconds + seconds * 1000L : 0;
        var topic = broker.Router.Topics.GetOrAdd(packet.AsSpan(layout.TopicStart, layout.TopicLength));
        message = new PublishMessage(topic, packet, layout, version, timestamp, expiresAt);
        return true;
    }

    private static InvalidDataException CutOff() => new("Messages of another broker are cut off.");
}
