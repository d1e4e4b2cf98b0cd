namespace Weir.Mqtt;

/// <summary>
/// Writes the broker's records to its journal. Who must not go on before a record is kept asks for <see cref="Appended"/>
/// and waits with <see cref="WaitAsync"/>. Thread-safe; the innermost of the broker's locks.
/// </summary>
internal sealed class BrokerJournal : IAsyncDisposable
{
    private readonly IMqttJournal store;
    private readonly BrokerClock clock;
    private readonly JournalBuffer buffer;
    private readonly Lock gate;
    private readonly long compactBytes;
    private long lastNumber;
    private long snapshotAt;
    private long snapshotSize;

    public BrokerJournal(IMqttJournal store, BrokerClock clock, BrokerLog log, long compactBytes)
    {
        this.store = store;
        this.clock = clock;
        this.compactBytes = compactBytes;
        buffer = new JournalBuffer(store, clock, log);
        gate = buffer.Gate;
        // Numbers never come twice, over restarts too, though the journal forgets those that are done with.
        lastNumber = clock.UnixMicroseconds;
    }

    private PacketBuffer Records => buffer.Records;

    /// <summary>
    /// Held while a message is recorded and put into the sessions' queues, so that both have the same order and no
    /// snapshot of a session falls between.
    /// </summary>
    public Lock Delivering { get; } = new();

    /// <summary>How far the records go that have been handed over; bytes since the start.</summary>
    public long Appended => buffer.Appended;

    /// <summary>Whether enough has been written since the last snapshot for another.</summary>
    public bool IsLong => Appended - Volatile.Read(ref snapshotAt) > Math.Max(compactBytes, 2 * Volatile.Read(ref snapshotSize));

    /// <summary>Reads what a former broker has left; then it is open for records.</summary>
    /// <exception cref="InvalidDataException">The journal holds what this version cannot read.</exception>
    public async Task<JournalReplay> OpenAsync(CancellationToken cancellationToken)
    {
        var replay = new JournalReplay();
        await foreach (var entry in store.ReadAsync(cancellationToken).ConfigureAwait(false)) replay.Apply(entry.Span);
        lastNumber = Math.Max(lastNumber, replay.HighestNumber);
        buffer.Open();
        lock (gate) End(Begin(JournalRecord.Started, 0));
        return replay;
    }

    public bool IsKept(long upTo) => buffer.IsKept(upTo);

    /// <summary>Waits until the records up to a place are kept.</summary>
    public ValueTask WaitAsync(long upTo) => buffer.WaitAsync(upTo);

    public long NextNumber() => Interlocked.Increment(ref lastNumber);

    public void Opened(Session session, uint expirySeconds, WillMessage? will)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Opened, session.Number);
            Records.Text(session.ClientId);
            Records.Byte(session.User is null ? (byte)0 : (byte)1);
            if (session.User is { } user) Records.Text(user);
            Records.UInt32(expirySeconds);
            Records.Byte(will is null ? (byte)0 : (byte)1);
            if (will is not null)
            {
                Records.Text(will.Topic);
                Records.Binary(will.Payload);
                Records.Byte((byte)((int)will.QoS | (will.Retain ? 4 : 0)));
                will.Properties.Write(Records);
            }
            End(record);
        }
    }

    /// <param name="session">The session.</param>
    /// <param name="endsAt">When it ends, on the broker's clock.</param>
    /// <param name="willAt">When its will is due; 0 where it has none any more.</param>
    public void Detached(Session session, long endsAt, long willAt)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Detached, session.Number);
            Records.UInt64(clock.ToUnixMilliseconds(endsAt));
            Records.UInt64(clock.ToUnixMilliseconds(willAt));
            End(record);
        }
    }

    public void Ended(Session session) => Write(JournalRecord.Ended, session);

    public void WillPublished(Session session) => Write(JournalRecord.WillPublished, session);

    public void Subscribed(Session session, Subscription subscription)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Subscribed, session.Number);
            var request = subscription.Request;
            Records.Text(request.Filter.Text);
            Records.Byte((byte)((int)request.QoS | (request.NoLocal ? 4 : 0) | (request.RetainAsPublished ? 8 : 0)));
            Records.UInt32((uint)(subscription.Identifiers is [var identifier] ? identifier : 0));
            End(record);
        }
    }

    public void Unsubscribed(Session session, TopicFilter filter)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Unsubscribed, session.Number);
            Records.Text(filter.Text);
            End(record);
        }
    }

    /// <summary>
    /// Records a message for the sessions among its receivers that last, and the identifier by which a publisher that
    /// lasts sent it with QoS 2.
    /// </summary>
    /// <returns>The message's number; 0 where nothing had to be recorded.</returns>
    public long Published(in PublishMessage message, List<Subscription> receivers, Session? source)
    {
        var targets = 0;
        foreach (var receiver in receivers)
        {
            if (receiver.Keeps(message.QoS)) targets++;
        }
        var exactlyOnce = message is { QoS: QualityOfService.ExactlyOnce, PacketIdentifier: not 0 } && source is { IsDurable: true };
        if (targets == 0 && !exactlyOnce) return 0;

        var number = NextNumber();
        lock (gate)
        {
            var record = BeginPublished(number, exactlyOnce ? source!.Number : 0, exactlyOnce ? message.PacketIdentifier : (ushort)0,
                message.Version, message.ExpiresAt, targets > 0 ? message.Packet : default);
            Records.UInt32((uint)targets);
            foreach (var receiver in receivers)
            {
                if (!receiver.Keeps(message.QoS)) continue;
                WriteTarget(receiver.Session, OutboundPublish.For(message, receiver));
            }
            End(record);
        }
        return number;
    }

    /// <summary>Records a message that waits in one session.</summary>
    public void Waiting(Session session, in OutboundPublish message)
    {
        lock (gate)
        {
            var record = BeginPublished(message.Number, 0, 0, message.Version, message.ExpiresAt, message.Packet);
            Records.UInt32(1);
            WriteTarget(session, message);
            End(record);
        }
    }

    /// <summary>Records a QoS 2 identifier by which a message came that is with its receivers already.</summary>
    public void Taken(Session source, ushort identifier)
    {
        lock (gate)
        {
            var record = BeginPublished(NextNumber(), source.Number, identifier, MqttVersion.V5, 0, default);
            Records.UInt32(0);
            End(record);
        }
    }

    public void HandingOver(Session session, ushort identifier, long time)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.HandingOver, session.Number);
            Records.UInt16(identifier);
            Records.UInt64(time);
            End(record);
        }
    }

    public void Assigned(Session session, long message, ushort identifier)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Assigned, session.Number);
            Records.UInt64(message);
            Records.UInt16(identifier);
            End(record);
        }
    }

    public void Finished(Session session, ushort identifier) => Write(JournalRecord.Finished, session, identifier);

    public void Received(Session session, ushort identifier) => Write(JournalRecord.Received, session, identifier);

    public void Released(Session session, ushort identifier) => Write(JournalRecord.Released, session, identifier);

    public void Dropped(Session session, long message)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Dropped, session.Number);
            Records.UInt64(message);
            End(record);
        }
    }

    public void Retained(in PublishMessage message)
    {
        lock (gate)
        {
            var record = Begin(JournalRecord.Retained, message.Timestamp);
            Records.Byte((byte)message.Version);
            Records.UInt64(clock.ToUnixMilliseconds(message.ExpiresAt));
            Records.Blob(message.Packet);
            End(record);
        }
    }

    public void SnapshotBegin(Session session) => Write(JournalRecord.SnapshotBegin, session);

    public void SnapshotEnd(Session session) => Write(JournalRecord.SnapshotEnd, session);

    /// <summary>Everything that is recorded after this has finished belongs to a snapshot or comes after it.</summary>
    public Task BeginSnapshotAsync() => buffer.BeginSnapshotAsync();

    /// <summary>The snapshot is complete and kept: what came before it may go.</summary>
    public async Task EndSnapshotAsync(long beganAt)
    {
        await buffer.EndSnapshotAsync().ConfigureAwait(false);
        Volatile.Write(ref snapshotSize, Appended - beganAt);
        Volatile.Write(ref snapshotAt, Appended);
    }

    public ValueTask DisposeAsync() => buffer.DisposeAsync();

    private void Write(JournalRecord type, Session session, ushort identifier = 0)
    {
        lock (gate)
        {
            var record = Begin(type, session.Number);
            if (identifier != 0) Records.UInt16(identifier);
            End(record);
        }
    }

    /// <summary>Every record begins with its length, its type, and the number of what it is about.</summary>
    private int Begin(JournalRecord type, long number)
    {
        var start = Records.Length;
        Records.UInt32(0);
        Records.Byte((byte)type);
        Records.UInt64(number);
        return start;
    }

    private int BeginPublished(
        long number, long source, ushort identifier, MqttVersion version, long expiresAt, ReadOnlySpan<byte> packet)
    {
        var record = Begin(JournalRecord.Published, number);
        Records.UInt64(source);
        Records.UInt16(identifier);
        Records.Byte((byte)version);
        Records.UInt64(clock.ToUnixMilliseconds(expiresAt));
        Records.Blob(packet);
        return record;
    }

    private void WriteTarget(Session session, in OutboundPublish message)
    {
        Records.UInt64(session.Number);
        Records.Byte((byte)((int)message.QoS | (message.Retain ? 4 : 0)));
        var identifiers = message.SubscriptionIdentifiers ?? [];
        Records.UInt16(identifiers.Length);
        foreach (var identifier in identifiers) Records.UInt32((uint)identifier);
    }

    private void End(int record)
    {
        Records.SetUInt32(record, (uint)(Records.Length - record - 4));
        buffer.Add(Records.Length - record);
    }
}
