namespace Weir.Mqtt;

/// <summary>
/// Turns one connection's PUBLISH packets into messages: finds the topic's object, resolves topic aliases, watches the
/// limits, and gathers what came together into a batch.
/// </summary>
internal sealed class PublishIntake(
    MqttBroker broker, string clientId, MqttVersion version, Session session, ConnectionWriter writer, ClientAccess? access)
{
    /// <summary>Topics whose decision is remembered.</summary>
    private const int MostDecided = 4096;

    private static readonly TimeSpan LogRefusalsEvery = TimeSpan.FromMinutes(1);

    private readonly MqttBrokerOptions options = broker.Options;
    private Dictionary<ushort, byte[]>? aliases;
    private PacketBuffer? rewriting;
    private Queue<PublishBatch>? full;
    private Dictionary<Topic, bool>? decided;
    private Topic? latest;
    private bool latestAllowed;
    private PublishBatch? batch;
    private long refusalLogged = -1;
    private int unacknowledged;
    private long arrived;
    private long timestamp;

    public bool HasMessages => batch is not null || full is { Count: > 0 };

    public bool IsFull => batch is { IsFull: true } || full is { Count: > 8 };

    /// <summary>A new read has begun: all it holds came now.</summary>
    public void Begin()
    {
        arrived = broker.Clock.Milliseconds;
        timestamp = broker.Clock.UnixMicroseconds;
    }

    /// <summary>Takes one packet.</summary>
    /// <exception cref="MqttException">It is malformed or breaks a limit; the connection must be closed.</exception>
    public void Take(in Frame frame)
    {
        var layout = PublishLayout.Read(frame.Bytes, frame.BodyStart, version);
        var properties = layout.PropertiesLength > 0
            ? PublishPropertyScan.Read(frame.Bytes.Slice(layout.PropertiesStart, layout.PropertiesLength)) : default;
        if (properties.HasSubscriptionIdentifier) throw MqttException.ProtocolError("A client's PUBLISH has a subscription identifier.");

        var name = frame.Bytes.Slice(layout.TopicStart, layout.TopicLength);
        if (properties.TopicAlias is { } alias) name = Resolve(alias, name);
        var topic = Find(name);
        if (layout.PacketIdentifier != 0 && !TakeIdentifier(layout.PacketIdentifier, frame)) return;

        var refusal = Judge(topic, properties.PayloadIsText ? frame.Bytes[layout.PayloadStart..] : default);
        if (batch is not null && (batch.IsRefused ? batch.Refusal : ReasonCode.Success) != refusal) (full ??= []).Enqueue(Cut());
        if (batch is null)
        {
            batch = broker.RentBatch(clientId);
            if (refusal != ReasonCode.Success) batch.Refuse(refusal);
        }
        var packet = properties.TopicAlias is null ? MessageArena.Copy(frame.Bytes) : WithoutAlias(frame.Bytes, name, ref layout);
        var expiresAt = properties.MessageExpiryInterval is { } seconds ? arrived + seconds * 1000L : 0;
        var (received, mayBeKept) = (timestamp, false);
        if (broker.Handler is not null && session.IsDurable && refusal == ReasonCode.Success && IsExactlyOnce(frame))
        {
            received = session.ReceivedOnce.HandOver(layout.PacketIdentifier, broker.Times, out mayBeKept);
        }
        batch.Add(new PublishMessage(topic, packet, layout, version, received, expiresAt, mayBeKept));
    }

    /// <summary>Gives what was gathered.</summary>
    public PublishBatch Release()
    {
        return full is not null && full.TryDequeue(out var first) ? first : Cut();
    }

    /// <summary>So many messages of QoS 1 have been answered, or of QoS 2 completed.</summary>
    public void Answered(int messages)
    {
        // Those that came by a former connection were not counted on this one.
        if (Interlocked.Add(ref unacknowledged, -messages) < 0) Volatile.Write(ref unacknowledged, 0);
    }

    private PublishBatch Cut()
    {
        var cut = batch!;
        batch = null;
        return cut;
    }

    /// <summary>Whether the broker itself refuses the message.</summary>
    private ReasonCode Judge(Topic topic, ReadOnlySpan<byte> text)
    {
        if (!latestAllowed)
        {
            if (broker.Clock.Milliseconds - refusalLogged > LogRefusalsEvery.TotalMilliseconds || refusalLogged < 0)
            {
                refusalLogged = broker.Clock.Milliseconds;
                broker.Log.PublishRefused(clientId, topic.Name);
            }
            return ReasonCode.NotAuthorized;
        }
        return options.CheckPayloadFormat && !System.Text.Unicode.Utf8.IsValid(text) ? ReasonCode.PayloadFormatInvalid : ReasonCode.Success;
    }

    private bool IsAllowed(Topic topic)
    {
        if (topic.IsBrokersOwn) return false;
        if (access is null) return true;
        decided ??= [];
        if (decided.TryGetValue(topic, out var allowed)) return allowed;
        if (decided.Count >= MostDecided) decided.Clear();
        return decided[topic] = access.MayPublish(topic.Name);
    }

    private Topic Find(ReadOnlySpan<byte> name)
    {
        if (latest is { Slot: >= 0 } same && name.SequenceEqual(same.Utf8.Span)) return same;
        if (!broker.Router.Topics.TryGet(name, out var topic))
        {
            if (TopicName.Fault(name) is { } fault) throw new MqttException(ReasonCode.TopicNameInvalid, fault);
            if (name.Length > options.MaxTopicLength || TopicName.CountLevels(name) > options.MaxTopicLevels)
            {
                throw new MqttException(ReasonCode.TopicNameInvalid,
                    $"A topic name has at most {options.MaxTopicLength} bytes and {options.MaxTopicLevels} levels here, " +
                    $"but this one has {name.Length} and {TopicName.CountLevels(name)}.");
            }
            topic = broker.Router.Topics.GetOrAdd(name);
        }
        latestAllowed = IsAllowed(topic);
        return latest = topic;
    }

    private ReadOnlySpan<byte> Resolve(ushort alias, ReadOnlySpan<byte> name)
    {
        if (alias == 0 || alias > options.TopicAliasMaximum)
        {
            throw new MqttException(ReasonCode.TopicAliasInvalid,
                $"Topic aliases from 1 to {options.TopicAliasMaximum} are allowed, but this is {alias}.");
        }
        if (name.IsEmpty)
        {
            return aliases is not null && aliases.TryGetValue(alias, out var known) ? known
                : throw MqttException.ProtocolError($"The topic alias {alias} has not been set on this connection.");
        }
        var copy = name.ToArray();
        (aliases ??= [])[alias] = copy;
        return copy;
    }

    private static bool IsExactlyOnce(in Frame frame) => (frame.Flags >> 1 & 3) == (int)QualityOfService.ExactlyOnce;

    /// <summary>False for a QoS 2 message that has been taken already.</summary>
    private bool TakeIdentifier(ushort identifier, in Frame frame)
    {
        if (IsExactlyOnce(frame))
        {
            var arrival = session.ReceivedOnce.Begin(identifier);
            if (arrival == InboundExactlyOnce.Stage.Accepted)
            {
                writer.Send(new AcknowledgePacket(PacketType.Pubrec, identifier, ReasonCode.Success));
            }
            if (arrival != InboundExactlyOnce.Stage.New) return false;
        }
        if (Interlocked.Increment(ref unacknowledged) > options.ReceiveMaximum && version == MqttVersion.V5)
        {
            throw new MqttException(ReasonCode.ReceiveMaximumExceeded,
                $"More than {options.ReceiveMaximum} messages were sent ahead of their acknowledgement.");
        }
        return true;
    }

    /// <summary>An alias means something on its own connection only, so the message goes on with its topic in full.</summary>
    private ArraySegment<byte> WithoutAlias(ReadOnlySpan<byte> received, ReadOnlySpan<byte> topic, ref PublishLayout layout)
    {
        var properties = received.Slice(layout.PropertiesStart, layout.PropertiesLength);
        var alias = PublishPropertyScan.Find(properties, PropertyId.TopicAlias);
        var size = PublishPropertyScan.SizeAt(properties[alias..]);

        rewriting ??= new PacketBuffer();
        rewriting.Clear();
        var packet = rewriting.Begin(PacketType.Publish, received[0] & 0x0F);
        rewriting.Binary(topic);
        if (layout.PacketIdentifier != 0) rewriting.UInt16(layout.PacketIdentifier);
        rewriting.VariableIntegerValue(properties.Length - size);
        rewriting.Raw(properties[..alias]);
        rewriting.Raw(properties[(alias + size)..]);
        rewriting.Raw(received[layout.PayloadStart..]);
        rewriting.End(packet);

        var copy = MessageArena.Copy(rewriting.Written);
        layout = PublishLayout.Of(copy, version);
        return copy;
    }
}
