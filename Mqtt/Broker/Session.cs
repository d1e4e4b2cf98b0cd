namespace Weir.Mqtt;

/// <summary>
/// What the broker holds for one client identifier: its subscriptions, the messages that wait and those on their way.
/// It outlives its connection for the session expiry interval, and the broker where there is a journal.
/// </summary>
internal sealed class Session
{
    private readonly Lock gate = new();
    private readonly BrokerCounters counters;
    private readonly BrokerJournal? journal;
    private readonly MqttBrokerOptions options;
    private Dictionary<TopicFilter, Subscription>? filters;
    private PublishQueue? queue;
    private InflightWindow? inflight;
    private InboundExactlyOnce? receivedOnce;
    private ClientConnection? connection;
    private int window;

    /// <param name="clientId">The client identifier.</param>
    /// <param name="user">Whose it is; null for an anonymous client.</param>
    /// <param name="number">Its number in the journal.</param>
    /// <param name="options">The broker's limits.</param>
    /// <param name="counters">The broker's counts.</param>
    /// <param name="journal">Where it is kept; null where nothing is.</param>
    public Session(string clientId, string? user, long number, MqttBrokerOptions options, BrokerCounters counters, BrokerJournal? journal)
    {
        ClientId = clientId;
        User = user;
        Number = number;
        this.options = options;
        this.counters = counters;
        this.journal = journal;
    }

    public string ClientId { get; }

    public string? User { get; }

    public long Number { get; }

    /// <summary>Whether the journal keeps it. A session is born so or not; one that is may cease to be.</summary>
    public bool IsDurable { get; set; }

    /// <summary>The subscriptions by filter; the subscription tree's lock guards them.</summary>
    public Dictionary<TopicFilter, Subscription> Filters => filters ??= [];

    /// <summary>How many those are.</summary>
    public int Subscriptions => filters?.Count ?? 0;

    /// <summary>Set once, by the subscription tree, when the session is given up.</summary>
    public bool HasEnded { get; set; }

    /// <summary>How long it outlives its connection; the session table's lock guards this and the next three.</summary>
    public TimeSpan Expiry { get; set; }

    /// <summary>When it ends, on the broker's clock; 0 while it has a connection.</summary>
    public long EndsAt { get; set; }

    public WillMessage? PendingWill { get; set; }

    public long PendingWillAt { get; set; }

    public bool IsConnected => Volatile.Read(ref connection) is not null;

    public ClientConnection? Connection => Volatile.Read(ref connection);

    /// <summary>Messages that were dropped on their way to this client.</summary>
    public DropCounts Drops { get; } = new();

    /// <summary>The QoS 2 messages on their way in.</summary>
    public InboundExactlyOnce ReceivedOnce => receivedOnce ?? LazyInitializer.EnsureInitialized(ref receivedOnce);

    // Made when they are needed: most sessions only publish, or only wait.
    private PublishQueue Queue => queue ??= new PublishQueue(options.MaxQueuedMessages, options.MaxQueuedBytes, options.QueueOverflow,
        journal is null ? null : message => journal.Dropped(this, message));

    private InflightWindow Inflight
    {
        get
        {
            if (inflight is not null) return inflight;
            inflight = new InflightWindow();
            inflight.Open(window);
            return inflight;
        }
    }

    /// <summary>Gives the session to a connection; returns the one that had it.</summary>
    /// <param name="next">The connection.</param>
    /// <param name="maxInflight">How many messages its client takes ahead of its acknowledgement.</param>
    public ClientConnection? Attach(ClientConnection next, int maxInflight)
    {
        lock (gate)
        {
            var former = connection;
            connection = next;
            window = maxInflight;
            inflight?.Open(window);
            return former;
        }
    }

    /// <summary>Takes the session from a connection; false when it has gone to another one.</summary>
    public bool Detach(ClientConnection former)
    {
        lock (gate)
        {
            if (connection != former) return false;
            connection = null;
            queue?.DetachAll();
            inflight?.DetachAll();
            return true;
        }
    }

    /// <summary>Drops what waits; the session takes nothing any more.</summary>
    public void End()
    {
        lock (gate)
        {
            connection = null;
            Drop(DropCause.SessionEnded, queue?.Clear() ?? 0);
        }
    }

    /// <summary>Queues messages of one topic; without a connection only those that are to be acknowledged.</summary>
    /// <param name="run">The messages.</param>
    /// <param name="subscription">By which of the session's subscriptions.</param>
    /// <param name="number">The number of the one message in the journal; 0 where it is not kept.</param>
    public void Enqueue(ReadOnlySpan<PublishMessage> run, Subscription subscription, long number = 0)
    {
        ClientConnection? target;
        var dropped = 0;
        lock (gate)
        {
            if (HasEnded) return;
            target = connection;
            foreach (ref readonly var message in run)
            {
                var outbound = OutboundPublish.For(message, subscription);
                outbound.Number = number;
                if (target is null)
                {
                    if (outbound.QoS == QualityOfService.AtMostOnce) continue;
                    outbound.Detach();
                }
                dropped += Queue.Enqueue(ref outbound);
            }
        }
        target?.Writer.Signal();
        Drop(DropCause.QueueFull, dropped);
    }

    /// <summary>Queues a retained message for a new subscription.</summary>
    public void EnqueueRetained(in PublishMessage message, Subscription subscription)
    {
        var outbound = OutboundPublish.For(message, subscription);
        outbound.Retain = true;
        int dropped;
        lock (gate)
        {
            if (HasEnded || connection is null) return;
            if (subscription.Keeps(message.QoS))
            {
                outbound.Number = journal!.NextNumber();
                journal.Waiting(this, outbound);
            }
            dropped = Queue.Enqueue(ref outbound);
        }
        Connection?.Writer.Signal();
        Drop(DropCause.QueueFull, dropped);
    }

    /// <summary>Takes what may be sent next: first what a former connection left unfinished, then the queue.</summary>
    /// <param name="taker">Who sends it; nothing where the session has gone to another connection.</param>
    /// <param name="into">What is taken goes here.</param>
    /// <param name="maxBytes">Enough bytes for once.</param>
    /// <param name="now">The broker's clock.</param>
    /// <param name="keptFirst">What the journal must have before any of it may be sent; 0 for nothing.</param>
    public int Take(ConnectionWriter taker, Span<OutboundPublish> into, int maxBytes, long now, out long keptFirst)
    {
        var count = 0;
        var bytes = 0;
        keptFirst = 0;
        lock (gate)
        {
            if (connection?.Writer != taker || (queue is null && inflight is null)) return 0;
            while (count < into.Length && bytes < maxBytes)
            {
                ref var next = ref into[count];
                if (!Inflight.TryResend(out next) && !TryTakeQueued(taker, ref next, now)) break;
                // Exactly once over a crash: the receiver tells a repeat by its identifier, so that must not be forgotten.
                if (next is { Number: not 0, QoS: QualityOfService.ExactlyOnce }) keptFirst = journal!.Appended;
                bytes += next.Length;
                count++;
            }
        }
        return count;
    }

    /// <summary>PUBACKs, in the order in which they came.</summary>
    public void Acknowledge(ClientConnection from, ReadOnlySpan<ushort> identifiers)
    {
        bool waiting;
        lock (gate)
        {
            if (connection != from) return;
            foreach (var identifier in identifiers)
            {
                Inflight.Acknowledge(identifier, QualityOfService.AtLeastOnce, out var number);
                if (number != 0) journal!.Finished(this, identifier);
            }
            waiting = queue is { Count: > 0 };
        }
        if (waiting) from.Writer.Signal();
    }

    /// <summary>PUBREC. True when the packet is known, so that PUBREL is the answer.</summary>
    /// <param name="identifier">The packet identifier.</param>
    /// <param name="reason">How the client answered.</param>
    /// <param name="isKept">Whether the journal must have it before PUBREL is sent.</param>
    public bool Receive(ushort identifier, ReasonCode reason, out bool isKept)
    {
        lock (gate)
        {
            if (reason >= ReasonCode.UnspecifiedError)
            {
                isKept = false;
                var refused = Inflight.Acknowledge(identifier, QualityOfService.ExactlyOnce, out var number);
                if (number != 0) journal!.Finished(this, identifier);
                return refused;
            }
            var known = Inflight.Receive(identifier, out var received);
            isKept = received != 0;
            if (isKept) journal!.Received(this, identifier);
            return known;
        }
    }

    /// <summary>PUBCOMP.</summary>
    public void Complete(ClientConnection from, ushort identifier)
    {
        lock (gate)
        {
            Inflight.Complete(identifier, out var number);
            if (number != 0) journal!.Finished(this, identifier);
        }
        from.Writer.Signal();
    }

    public (int Queued, long QueuedBytes, int Inflight) Count()
    {
        lock (gate) return (queue?.Count ?? 0, queue?.Bytes ?? 0, inflight?.Count ?? 0);
    }

    public void Trim()
    {
        lock (gate) queue?.Trim();
    }

    /// <summary>Takes in what a former broker held for the client.</summary>
    public void Restore(KeptSession former, BrokerClock clock)
    {
        lock (gate)
        {
            foreach (var (_, delivery) in former.Inflight) Inflight.Restore(ToOutbound(delivery, clock));
            foreach (var (_, delivery) in former.Messages)
            {
                var message = ToOutbound(delivery, clock);
                Drop(DropCause.QueueFull, Queue.Enqueue(ref message));
            }
        }
        foreach (var identifier in former.ReceivedOnce) ReceivedOnce.Restore(identifier);
        foreach (var (identifier, time) in former.HandedOver) ReceivedOnce.RestoreHandedOver(identifier, time);
    }

    /// <summary>Tells the journal once more what is in flight, what waits, and what came with QoS 2.</summary>
    public void Retell(BrokerJournal to)
    {
        lock (gate)
        {
            foreach (var message in inflight?.Unfinished() ?? [])
            {
                if (message.Number == 0) continue;
                to.Waiting(this, message);
                to.Assigned(this, message.Number, message.PacketIdentifier);
                if (message.State == DeliveryState.Released) to.Received(this, message.PacketIdentifier);
            }
            for (var i = 0; i < (queue?.Count ?? 0); i++)
            {
                ref var message = ref queue!.At(i);
                if (message.Number != 0) to.Waiting(this, message);
            }
        }
        foreach (var (identifier, time) in receivedOnce?.HandedOver() ?? []) to.HandingOver(this, identifier, time);
        foreach (var identifier in receivedOnce?.Delivered() ?? []) to.Taken(this, identifier);
    }

    private static OutboundPublish ToOutbound(KeptDelivery delivery, BrokerClock clock) => new()
    {
        Bytes = delivery.IsReleased ? [] : delivery.Message.Packet,
        Length = delivery.IsReleased ? 0 : delivery.Message.Packet.Length,
        SubscriptionIdentifiers = delivery.Identifiers,
        ExpiresAt = clock.FromUnixMilliseconds(delivery.Message.ExpiresAt),
        Number = delivery.Number,
        PacketIdentifier = delivery.PacketIdentifier,
        Version = delivery.Message.Version,
        QoS = delivery.QoS,
        Retain = delivery.Retain,
        State = delivery.IsReleased ? DeliveryState.Released : DeliveryState.Open,
    };

    private bool TryTakeQueued(ConnectionWriter taker, ref OutboundPublish message, long now)
    {
        while (queue is { Count: > 0 })
        {
            message = queue.Peek();
            if (message.ExpiresAt != 0 && message.ExpiresAt <= now)
            {
                Drop(DropCause.Expired, 1, message.Number);
            }
            else if (taker.IsTooLarge(message, now))
            {
                Drop(DropCause.PacketTooLarge, 1, message.Number);
            }
            else
            {
                if (message.QoS > QualityOfService.AtMostOnce)
                {
                    if (!Inflight.HasRoom) return false;
                    Inflight.Add(ref message);
                    if (message.Number != 0) journal!.Assigned(this, message.Number, message.PacketIdentifier);
                }
                queue.Dequeue();
                return true;
            }
            queue.Dequeue();
        }
        return false;
    }

    private void Drop(DropCause cause, int messages, long number = 0)
    {
        if (messages == 0) return;
        counters.Drop(cause, messages);
        Drops.Add(cause, messages);
        if (number != 0) journal!.Dropped(this, number);
    }
}
