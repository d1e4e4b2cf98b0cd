using System.Buffers.Binary;

namespace Weir.Mqtt;

/// <summary>A message as the journal has it.</summary>
/// <param name="Packet">The packet as it was received.</param>
/// <param name="Version">The version that it is written in.</param>
/// <param name="ExpiresAt">When it expires, in milliseconds since 1970-01-01 UTC; 0 for never.</param>
internal sealed record KeptMessage(byte[] Packet, MqttVersion Version, long ExpiresAt);

/// <summary>A message in a session, as the journal has it.</summary>
internal sealed class KeptDelivery(long number, KeptMessage message, QualityOfService qos, bool retain, int[]? identifiers)
{
    public long Number => number;

    public KeptMessage Message => message;

    public QualityOfService QoS => qos;

    public bool Retain => retain;

    public int[]? Identifiers => identifiers;

    /// <summary>0 while it waits.</summary>
    public ushort PacketIdentifier { get; set; }

    /// <summary>PUBREC has come.</summary>
    public bool IsReleased { get; set; }
}

/// <summary>A session as the journal has it.</summary>
internal sealed class KeptSession(long number)
{
    public long Number => number;

    public string ClientId { get; set; } = "";

    public string? User { get; set; }

    public uint ExpirySeconds { get; set; }

    public WillMessage? Will { get; set; }

    /// <summary>In milliseconds since 1970-01-01 UTC; 0 when it had a connection as the broker ended.</summary>
    public long EndsAt { get; set; }

    public long WillAt { get; set; }

    public Dictionary<string, (SubscriptionRequest Request, int Identifier)> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>By message number, which is the order in which they came.</summary>
    public SortedDictionary<long, KeptDelivery> Messages { get; } = [];

    /// <summary>By packet identifier, in the order of sending.</summary>
    public OrderedDictionary<ushort, KeptDelivery> Inflight { get; } = [];

    public HashSet<ushort> ReceivedOnce { get; } = [];

    /// <summary>QoS 2 identifiers whose messages may be with who keeps them, and the times by which those are known there.</summary>
    public Dictionary<ushort, long> HandedOver { get; } = [];
}

/// <summary>
/// Builds from the journal's records what the broker held. A record about a session that is not known is about one
/// whose beginning has been given up: it is told in full further on, or it is over.
/// </summary>
internal sealed class JournalReplay
{
    private readonly Dictionary<long, KeptSession> sessions = [];
    private readonly Dictionary<long, KeptSession> retold = [];
    private readonly Dictionary<string, (KeptMessage Message, long Timestamp)> retained = new(StringComparer.Ordinal);

    public IEnumerable<KeptSession> Sessions => sessions.Values;

    public IEnumerable<(KeptMessage Message, long Timestamp)> Retained => retained.Values;

    public long HighestNumber { get; private set; }

    /// <exception cref="InvalidDataException">A record cannot be read.</exception>
    public void Apply(ReadOnlySpan<byte> entry)
    {
        try
        {
            while (!entry.IsEmpty)
            {
                var length = (int)BinaryPrimitives.ReadUInt32BigEndian(entry);
                var record = new PacketReader(entry.Slice(4, length));
                ApplyOne((JournalRecord)record.Byte(), (long)record.UInt64(), ref record);
                entry = entry[(4 + length)..];
            }
        }
        catch (Exception fault) when (fault is MqttException or ArgumentException or FormatException)
        {
            throw new InvalidDataException(
                $"mqtt: the broker's journal holds a record that cannot be read ({fault.Message}). " +
                "It may be of another version of Weir; with the journal moved away the broker starts without sessions.", fault);
        }
    }

    private void ApplyOne(JournalRecord type, long number, ref PacketReader record)
    {
        if (type == JournalRecord.Published)
        {
            ApplyPublished(number, ref record);
            return;
        }
        if (type == JournalRecord.Retained)
        {
            ApplyRetained(number, ref record);
            return;
        }
        if (type == JournalRecord.Started)
        {
            retold.Clear();
            return;
        }
        Raise(number);
        if (type == JournalRecord.SnapshotBegin)
        {
            retold[number] = new KeptSession(number);
            return;
        }
        if (type == JournalRecord.SnapshotEnd)
        {
            if (retold.Remove(number, out var whole)) sessions[number] = whole;
            return;
        }
        if (type == JournalRecord.Opened && Find(number) is null) sessions[number] = new KeptSession(number);
        if (Find(number) is { } session) ApplyTo(session, type, ref record);
    }

    private void ApplyTo(KeptSession session, JournalRecord type, ref PacketReader record)
    {
        switch (type)
        {
            case JournalRecord.Opened:
                ApplyOpened(session, ref record);
                break;
            case JournalRecord.Detached:
                session.EndsAt = (long)record.UInt64();
                session.WillAt = (long)record.UInt64();
                if (session.WillAt == 0) session.Will = null;
                break;
            case JournalRecord.Ended:
                sessions.Remove(session.Number);
                break;
            case JournalRecord.WillPublished:
                if (session.EndsAt != 0) session.Will = null;
                break;
            case JournalRecord.Subscribed:
                var filter = TopicFilter.Parse(record.Text());
                var options = record.Byte();
                session.Subscriptions[filter.Text] = (
                    new SubscriptionRequest(filter, (QualityOfService)(options & 3), (options & 4) != 0, (options & 8) != 0), (int)record.UInt32());
                break;
            case JournalRecord.Unsubscribed:
                session.Subscriptions.Remove(record.Text());
                break;
            case JournalRecord.Assigned:
                var number = (long)record.UInt64();
                var identifier = record.UInt16();
                if (!session.Messages.Remove(number, out var delivery)) break;
                delivery.PacketIdentifier = identifier;
                session.Inflight[identifier] = delivery;
                break;
            case JournalRecord.Finished:
                session.Inflight.Remove(record.UInt16());
                break;
            case JournalRecord.Received:
                if (session.Inflight.TryGetValue(record.UInt16(), out var received)) received.IsReleased = true;
                break;
            case JournalRecord.Dropped:
                session.Messages.Remove((long)record.UInt64());
                break;
            case JournalRecord.Released:
                var released = record.UInt16();
                session.ReceivedOnce.Remove(released);
                session.HandedOver.Remove(released);
                break;
            case JournalRecord.HandingOver:
                session.HandedOver[record.UInt16()] = (long)record.UInt64();
                break;
            default:
                throw new FormatException($"there is no record of type {(byte)type}");
        }
    }

    private static void ApplyOpened(KeptSession session, ref PacketReader record)
    {
        session.ClientId = record.Text();
        session.User = record.Byte() == 1 ? record.Text() : null;
        session.ExpirySeconds = record.UInt32();
        session.EndsAt = session.WillAt = 0;
        session.Will = null;
        if (record.Byte() == 0) return;
        var topic = record.Text();
        var payload = record.Binary().ToArray();
        var flags = record.Byte();
        session.Will = new WillMessage(
            topic, payload, (QualityOfService)(flags & 3), (flags & 4) != 0, Properties.Read(ref record, PropertyMask.Will));
    }

    private void ApplyPublished(long number, ref PacketReader record)
    {
        Raise(number);
        var source = (long)record.UInt64();
        var identifier = record.UInt16();
        var message = ReadMessage(ref record);
        if (identifier != 0 && Find(source) is { } publisher)
        {
            publisher.ReceivedOnce.Add(identifier);
            publisher.HandedOver.Remove(identifier);
        }
        for (var targets = record.UInt32(); targets > 0; targets--)
        {
            var session = Find((long)record.UInt64());
            var flags = record.Byte();
            var identifiers = new int[record.UInt16()];
            for (var i = 0; i < identifiers.Length; i++) identifiers[i] = (int)record.UInt32();
            session?.Messages.TryAdd(number, new KeptDelivery(
                number, message, (QualityOfService)(flags & 3), (flags & 4) != 0, identifiers.Length == 0 ? null : identifiers));
        }
    }

    private void ApplyRetained(long timestamp, ref PacketReader record)
    {
        var message = ReadMessage(ref record);
        var layout = PublishLayout.Of(message.Packet, message.Version);
        var topic = System.Text.Encoding.UTF8.GetString(message.Packet.AsSpan(layout.TopicStart, layout.TopicLength));
        if (layout.PayloadStart == message.Packet.Length) retained.Remove(topic);
        else retained[topic] = (message, timestamp);
    }

    private static KeptMessage ReadMessage(ref PacketReader record)
    {
        var version = (MqttVersion)record.Byte();
        var expiresAt = (long)record.UInt64();
        return new KeptMessage(record.Blob().ToArray(), version, expiresAt);
    }

    private KeptSession? Find(long number) => retold.TryGetValue(number, out var session) ? session : sessions.GetValueOrDefault(number);

    private void Raise(long number) => HighestNumber = Math.Max(HighestNumber, number);
}
