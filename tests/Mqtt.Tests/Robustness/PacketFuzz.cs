using System.Text;

namespace Weir.Mqtt.Tests.Robustness;

/// <summary>Packets that may be anything: sound, mutated, cut, glued together, or noise. The same seed gives the same packets.</summary>
internal sealed class PacketFuzz(int seed)
{
    private static readonly byte[][] Sound = [.. Versions().SelectMany(Samples)];

    private readonly Random random = new(seed);

    public byte[] Next() => random.Next(10) switch
    {
        0 => Noise(),
        1 => Headed(),
        2 => Cut(Pick()),
        3 => [.. Pick(), .. Cut(Pick())],
        4 => Pick(),
        _ => Mutate(Pick()),
    };

    private static IEnumerable<MqttVersion> Versions() => [MqttVersion.V31, MqttVersion.V311, MqttVersion.V5];

    private static IEnumerable<byte[]> Samples(MqttVersion version)
    {
        var full = new Properties { ContentType = "text/plain", ResponseTopic = "r", CorrelationData = [1, 2], MessageExpiryInterval = 5, PayloadFormatIndicator = 1 };
        full.UserProperties.Add(new UserProperty("name", "value"));
        IOutboundPacket[] packets = [
            new ConnectPacket
            {
                Version = version, ClientId = "fuzz", CleanStart = true, KeepAlive = 10, UserName = "u", Password = [1],
                Will = new WillMessage("will", [1], QualityOfService.AtLeastOnce, true, version == MqttVersion.V5 ? new Properties { WillDelayInterval = 1 } : new()),
                Properties = new Properties { SessionExpiryInterval = 1, ReceiveMaximum = 10, MaximumPacketSize = 1000, TopicAliasMaximum = 5 },
            },
            new SubscribePacket(1, [new SubscriptionRequest(TopicFilter.Parse("a/+/#"), QualityOfService.ExactlyOnce), new SubscriptionRequest(TopicFilter.Parse("$share/g/a"), QualityOfService.AtLeastOnce)])
            {
                Identifier = version == MqttVersion.V5 ? 5 : 0,
            },
            new UnsubscribePacket(2, [TopicFilter.Parse("a/+/#")]),
            new AcknowledgePacket(PacketType.Puback, 1, ReasonCode.Success),
            new AcknowledgePacket(PacketType.Pubrec, 1, ReasonCode.QuotaExceeded, "why"),
            new AcknowledgePacket(PacketType.Pubrel, 1, ReasonCode.Success),
            new AcknowledgePacket(PacketType.Pubcomp, 1, ReasonCode.PacketIdentifierNotFound),
            new PingPacket(PacketType.Pingreq),
            new DisconnectPacket(ReasonCode.DisconnectWithWillMessage) { Properties = new Properties { SessionExpiryInterval = 0 } },
            new AuthPacket(ReasonCode.ContinueAuthentication) { Properties = new Properties { AuthenticationMethod = "M", AuthenticationData = [1] } },
        ];
        foreach (var packet in packets) yield return RawConnection.Bytes(packet, version);
        yield return RawConnection.PublishBytes(version, "a/b/c", "payload", 0, 0, true, false, full);
        yield return RawConnection.PublishBytes(version, "a/b/c", "payload", 1, 7, false, true, full);
        yield return RawConnection.PublishBytes(version, "a", new string('x', 300), 2, 8, false, false, version == MqttVersion.V5 ? new Properties { TopicAlias = 3 } : null);
    }

    private byte[] Pick() => [.. Sound[random.Next(Sound.Length)]];

    private byte[] Noise()
    {
        var noise = new byte[random.Next(1, 64)];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>A header that fits, and noise behind it: what gets past the first look.</summary>
    private byte[] Headed()
    {
        var noise = Noise();
        return [(byte)random.Next(256), (byte)noise.Length, .. noise];
    }

    private byte[] Cut(byte[] packet) => packet[..random.Next(packet.Length)];

    private byte[] Mutate(byte[] packet)
    {
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(packet.Length);
            packet[at] = random.Next(4) switch
            {
                0 => (byte)(packet[at] ^ (1 << random.Next(8))),
                1 => (byte)random.Next(256),
                2 => random.Next(2) == 0 ? (byte)0 : (byte)255,
                _ => (byte)(packet[at] + random.Next(-2, 3)),
            };
        }
        return packet;
    }
}
