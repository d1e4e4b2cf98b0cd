using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;

namespace Weir.Mqtt;

/// <summary>
/// The messages a client has received, on their way to the subscriptions' handlers. Handlers run beside the reading, so
/// that they may wait for an answer of the broker themselves.
/// </summary>
internal sealed class Inbox(int maxPending, int topicAliasMaximum)
{
    private const int MaxKnownTopics = 4096;

    private readonly Channel<Pending> pending = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock changing = new();
    private volatile Subscriber[] subscribers = [];
    private readonly ConcurrentDictionary<ushort, bool> receivedOnce = new();
    private readonly Dictionary<byte[], string> topics = new(Utf8Comparer.Instance);
    private readonly Dictionary<ushort, string> aliases = [];
    private ClientLink? latest;
    private int waiting;
    private long dropped;

    private sealed record Subscriber(TopicFilter Filter, QualityOfService QoS, Func<ReceivedMessage, CancellationToken, ValueTask> Handler);

    private readonly record struct Pending(ClientLink From, ReceivedMessage Message, ushort Identifier);

    public long Dropped => Interlocked.Read(ref dropped);

    public IEnumerable<SubscriptionRequest> Subscriptions => subscribers.Select(s => new SubscriptionRequest(s.Filter, s.QoS));

    public void Add(TopicFilter filter, QualityOfService qos, Func<ReceivedMessage, CancellationToken, ValueTask> handler)
    {
        lock (changing) subscribers = [.. subscribers.Where(s => !s.Filter.Equals(filter)), new Subscriber(filter, qos, handler)];
    }

    public void Remove(TopicFilter filter)
    {
        lock (changing) subscribers = [.. subscribers.Where(s => !s.Filter.Equals(filter))];
    }

    /// <summary>The broker has forgotten the session: what it sends is new.</summary>
    public void ForgetSession() => receivedOnce.Clear();

    public void Complete() => pending.Writer.TryComplete();

    /// <summary>Takes a PUBLISH. Messages to be acknowledged are bounded by the broker, which waits for that.</summary>
    public void Receive(ClientLink from, in Frame frame)
    {
        if (from != latest)
        {
            // Topic aliases end with their connection (MQTT-3.3.2-7).
            aliases.Clear();
            Volatile.Write(ref latest, from);
        }
        var layout = PublishLayout.Read(frame.Bytes, frame.BodyStart, from.Version);
        var properties = frame.Bytes.Slice(layout.PropertiesStart, layout.PropertiesLength);
        var scanned = properties.IsEmpty ? default : PublishPropertyScan.Read(properties);
        var topic = TopicOf(frame.Bytes.Slice(layout.TopicStart, layout.TopicLength), scanned.TopicAlias);
        var qos = (QualityOfService)(frame.Flags >> 1 & 3);
        if (qos == QualityOfService.ExactlyOnce && receivedOnce.TryGetValue(layout.PacketIdentifier, out var handled))
        {
            if (handled) from.Send(new AcknowledgePacket(PacketType.Pubrec, layout.PacketIdentifier, ReasonCode.Success));
            return;
        }
        if (qos == QualityOfService.AtMostOnce && Volatile.Read(ref waiting) >= maxPending)
        {
            Interlocked.Increment(ref dropped);
            return;
        }
        if (qos == QualityOfService.ExactlyOnce) receivedOnce[layout.PacketIdentifier] = false;

        ReadOnlyMemory<byte> rest = MessageArena.Copy(frame.Bytes[layout.PropertiesStart..]);
        var message = new ReceivedMessage(
            topic, rest[layout.PropertiesLength..], qos,
            (frame.Flags & 1) != 0, (frame.Flags & 8) != 0, rest[..layout.PropertiesLength]);
        Interlocked.Increment(ref waiting);
        pending.Writer.TryWrite(new Pending(from, message, layout.PacketIdentifier));
    }

    /// <summary>PUBREL has come.</summary>
    public void Release(ClientLink from, ushort identifier)
    {
        receivedOnce.TryRemove(identifier, out _);
        from.Send(new AcknowledgePacket(PacketType.Pubcomp, identifier, ReasonCode.Success));
    }

    /// <summary>Hands messages to their handlers until cancelled, or until one fails.</summary>
    public async Task HandleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var item in pending.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var subscriber in subscribers)
                {
                    if (!subscriber.Filter.Matches(item.Message.Topic)) continue;
                    await subscriber.Handler(item.Message, cancellationToken).ConfigureAwait(false);
                }
                Interlocked.Decrement(ref waiting);
                Acknowledge(item);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client ends.
        }
    }

    private void Acknowledge(in Pending item)
    {
        if (item.Identifier == 0) return;
        var once = item.Message.QoS == QualityOfService.ExactlyOnce;
        if (once && !receivedOnce.TryUpdate(item.Identifier, true, false)) return;
        // What is received once is so over connections: the broker waits for this on the latest.
        var link = once ? Volatile.Read(ref latest)! : item.From;
        link.Send(new AcknowledgePacket(once ? PacketType.Pubrec : PacketType.Puback, item.Identifier, ReasonCode.Success));
    }

    private string TopicOf(ReadOnlySpan<byte> name, ushort? alias)
    {
        if (alias is not { } number) return TopicOf(name);
        if (number == 0 || number > topicAliasMaximum)
        {
            throw new MqttException(ReasonCode.TopicAliasInvalid, $"The broker sets the topic alias {number}; up to {topicAliasMaximum} are taken.");
        }
        if (!name.IsEmpty) return aliases[number] = TopicOf(name);
        return aliases.TryGetValue(number, out var known) ? known
            : throw MqttException.ProtocolError($"The broker uses the topic alias {number}, which it has not set.");
    }

    private string TopicOf(ReadOnlySpan<byte> name)
    {
        var known = topics.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(name, out var topic)) return topic;
        if (!PacketReader.IsText(name)) throw MqttException.Malformed("A topic name is not well-formed UTF-8.");
        if (topics.Count >= MaxKnownTopics) topics.Clear();
        return topics[name.ToArray()] = Encoding.UTF8.GetString(name);
    }
}
