using System.Text;

namespace Weir.Mqtt;

/// <summary>Who gets which message: topics, subscriptions and retained messages together.</summary>
internal sealed class MessageRouter(MqttBrokerOptions options, BrokerCounters counters, BrokerClock clock, BrokerLog log, BrokerJournal? journal)
{
    private readonly RetainedMessages retained = new(options.MaxRetainedMessages, options.MaxRetainedBytes, journal);

    /// <summary>Who gets the message at hand; the journal's lock on delivering guards it.</summary>
    private readonly List<Subscription> receivers = [];

    public TopicTable Topics { get; } = new(options.MaxTrackedTopics, options.TrackedPayloadBytes, options.MaxWatchedBytes);

    public SubscriptionTree Subscriptions { get; } = new(journal);

    public int RetainedMessages => retained.Count;

    /// <summary>Makes the subscriptions of a packet, answers it, and gives the retained messages that belong to them.</summary>
    public async ValueTask SubscribeAsync(SubscribePacket packet, ClientConnection client)
    {
        var session = client.Session!;
        var reasons = new ReasonCode[packet.Requests.Count];
        var added = new bool?[reasons.Length];
        for (var i = 0; i < reasons.Length; i++)
        {
            var request = packet.Requests[i];
            if (!IsWithinLimits(request.Filter))
            {
                reasons[i] = ReasonCode.TopicFilterInvalid;
                continue;
            }
            if (client.Access?.MaySubscribe(request.Filter) == false)
            {
                log.SubscribeRefused(client.ClientId, request.Filter.Text);
                reasons[i] = ReasonCode.NotAuthorized;
                continue;
            }
            added[i] = Subscriptions.Add(session, request, packet.Identifier, options.MaxSubscriptionsPerSession);
            reasons[i] = added[i] is null ? ReasonCode.QuotaExceeded : (ReasonCode)request.QoS;
        }
        if (session.IsDurable) await journal!.WaitAsync(journal.Appended).ConfigureAwait(false);
        client.Writer.Send(new SubackPacket(PacketType.Suback, packet.PacketIdentifier, reasons) { Why = Why(reasons, client) });

        for (var i = 0; i < reasons.Length; i++)
        {
            var request = packet.Requests[i];
            if (added[i] is not { } isNew || request.Filter.ShareName is not null) continue;
            if (request.RetainHandling == RetainHandling.Send || (request.RetainHandling == RetainHandling.SendIfNew && isNew))
            {
                retained.Deliver(request.Filter, new Subscription(session, request, packet.Identifier), clock.Milliseconds);
            }
        }
    }

    /// <summary>Ends the subscriptions of a packet and answers it.</summary>
    public async ValueTask UnsubscribeAsync(UnsubscribePacket packet, ClientConnection client)
    {
        var reasons = packet.Filters
            .Select(filter => Subscriptions.Remove(client.Session!, filter) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted)
            .ToArray();
        if (client.Session!.IsDurable) await journal!.WaitAsync(journal.Appended).ConfigureAwait(false);
        client.Writer.Send(new SubackPacket(PacketType.Unsuback, packet.PacketIdentifier, reasons));
    }

    /// <summary>Hands accepted messages to the subscribers, run by run: consecutive messages of one topic go together.</summary>
    /// <param name="batch">The messages; those rejected are left out.</param>
    /// <param name="source">The publisher's session; null for the broker's own process.</param>
    /// <returns>What the journal must have before the messages count as accepted; 0 for nothing.</returns>
    public long Deliver(PublishBatch batch, Session? source) => Deliver(batch, source, isRelayed: false);

    /// <summary>Does so with messages that another broker has accepted, and counts them among its own.</summary>
    public void DeliverRelayed(PublishBatch batch) => Deliver(batch, null, isRelayed: true);

    private long Deliver(PublishBatch batch, Session? source, bool isRelayed)
    {
        var isKept = false;
        var messages = batch.Messages;
        for (int start = 0, end; start < messages.Length; start = end)
        {
            end = start + 1;
            if (batch.ReasonOf(start) != ReasonCode.Success) continue;
            var topic = messages[start].Topic;
            while (end < messages.Length && messages[end].Topic == topic && batch.ReasonOf(end) == ReasonCode.Success) end++;
            isKept |= Deliver(topic, messages[start..end], source, isRelayed);
        }
        return isKept ? journal!.Appended : 0;
    }

    /// <summary>Publishes what the broker says of itself: retained, but not kept, and no activity of a topic.</summary>
    public void DeliverOwn(in PublishMessage message)
    {
        retained.SetOwn(message);
        Give(Subscriptions.Match(message.Topic), new ReadOnlySpan<PublishMessage>(in message), null);
    }

    /// <summary>Takes in a retained message of a former broker.</summary>
    public void Restore(KeptMessage message, long timestamp)
    {
        var layout = PublishLayout.Of(message.Packet, message.Version);
        var topic = Topics.GetOrAdd(message.Packet.AsSpan(layout.TopicStart, layout.TopicLength));
        var restored = new PublishMessage(topic, message.Packet, layout, message.Version, timestamp, clock.FromUnixMilliseconds(message.ExpiresAt));
        if (!retained.Restore(restored)) counters.Drop(DropCause.RetainedFull);
    }

    public Task RetellRetainedAsync(Func<Task> pause) => retained.RetellAsync(journal!, pause);

    /// <summary>Returns whether the journal was told of it.</summary>
    private bool Deliver(Topic topic, ReadOnlySpan<PublishMessage> run, Session? source, bool isRelayed)
    {
        var isKept = false;
        long bytes = 0;
        foreach (ref readonly var message in run)
        {
            bytes += message.PayloadLength;
            if (!message.Retain) continue;
            if (!retained.Set(message)) counters.Drop(DropCause.RetainedFull);
            isKept = journal is not null;
        }
        ref readonly var last = ref run[^1];
        if (!isRelayed) Topics.Record(topic, run.Length, bytes, last.Payload.Span, last.Timestamp);

        var matches = Subscriptions.Match(topic);
        if (journal is not null && MustBeKept(matches, run, source))
        {
            GiveKept(matches, run, source);
            return true;
        }
        Give(matches, run, source);
        return isKept;
    }

    private static bool MustBeKept(MatchSet matches, ReadOnlySpan<PublishMessage> run, Session? source)
    {
        var highest = QualityOfService.AtMostOnce;
        foreach (ref readonly var message in run) highest = message.QoS > highest ? message.QoS : highest;
        if (highest == QualityOfService.AtMostOnce) return false;
        if (highest == QualityOfService.ExactlyOnce && source is { IsDurable: true }) return true;
        foreach (var subscription in matches.Alone)
        {
            if (subscription.Keeps(highest)) return true;
        }
        foreach (var group in matches.Groups)
        {
            foreach (var member in group.Members)
            {
                if (member.Keeps(highest)) return true;
            }
        }
        return false;
    }

    private void GiveKept(MatchSet matches, ReadOnlySpan<PublishMessage> run, Session? source)
    {
        lock (journal!.Delivering)
        {
            for (var i = 0; i < run.Length; i++)
            {
                ref readonly var message = ref run[i];
                receivers.Clear();
                foreach (var subscription in matches.Alone)
                {
                    if (!subscription.NoLocal || subscription.Session != source) receivers.Add(subscription);
                }
                foreach (var group in matches.Groups) receivers.Add(group.Next());
                var number = journal.Published(message, receivers, source);
                foreach (var receiver in receivers)
                {
                    receiver.Session.Enqueue(run.Slice(i, 1), receiver, receiver.Keeps(message.QoS) ? number : 0);
                }
                if (message is { QoS: QualityOfService.ExactlyOnce, PacketIdentifier: not 0 }) source?.ReceivedOnce.Deliver(message.PacketIdentifier);
            }
            receivers.Clear();
        }
    }

    private static void Give(MatchSet matches, ReadOnlySpan<PublishMessage> run, Session? source)
    {
        foreach (var subscription in matches.Alone)
        {
            if (subscription.NoLocal && subscription.Session == source) continue;
            subscription.Session.Enqueue(run, subscription);
        }
        foreach (var group in matches.Groups)
        {
            for (var i = 0; i < run.Length; i++)
            {
                var member = group.Next();
                member.Session.Enqueue(run.Slice(i, 1), member);
            }
        }
    }

    /// <summary>Why filters are refused: the first reason stands for all.</summary>
    private static string? Why(ReasonCode[] reasons, ClientConnection client)
    {
        var refused = Array.Find(reasons, reason => reason >= ReasonCode.UnspecifiedError);
        return refused == ReasonCode.Success ? null : client.Writer.Reason(ReasonText.Of(refused), 5 + reasons.Length);
    }

    private bool IsWithinLimits(TopicFilter filter) =>
        filter.Levels.Length <= options.MaxTopicLevels && Encoding.UTF8.GetByteCount(filter.Text) <= options.MaxTopicLength;
}
