using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace Weir.Mqtt;

/// <summary>What came of a CONNECT whose client is let in.</summary>
/// <param name="Refusal">The CONNACK that refuses it all the same; null where the session is its.</param>
/// <param name="Session">The session.</param>
/// <param name="Present">Whether the session was there before.</param>
internal readonly record struct ConnectOpening(ConnackPacket? Refusal, Session? Session, bool Present);

/// <summary>The broker: what all connections share.</summary>
internal sealed class MqttBroker : IMqttBroker, IAsyncDisposable
{
    private readonly ConcurrentDictionary<ClientConnection, bool> connections = new();
    private readonly ObjectPool<PublishBatch> batches = new DefaultObjectPool<PublishBatch>(new BatchPolicy(), 256);
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<IPAddress, int> addresses = new();
    private readonly IMqttRelay? relay;
    private readonly BrokerClockwork clockwork;
    private volatile bool isClosing;

    public MqttBroker(
        IOptions<MqttBrokerOptions> options, IOptions<MqttSecurityOptions> security, ILogger<MqttBroker> logger, TimeProvider time,
        IEnumerable<IMqttAuthenticator> authenticators, IEnumerable<IMqttEnhancedAuthenticator> enhanced,
        IPublishHandler? handler = null, IMqttRelay? relay = null, IMqttJournal? journal = null, IMeterFactory? meters = null)
    {
        this.relay = relay;
        Stopping = stopping.Token;
        Options = options.Value;
        Log = new BrokerLog(logger);
        Clock = new BrokerClock(time);
        Handler = handler;
        Times = new UniqueTimes(Clock);
        Counters = new BrokerCounters(meters, () => connections.Count, () => Sessions!.Count);
        Journal = journal is null ? null : new BrokerJournal(journal, Clock, Log, Options.JournalCompactBytes);
        Router = new MessageRouter(Options, Counters, Clock, Log, Journal);
        Sessions = new SessionTable(Options, Counters, Router.Subscriptions, Clock, Journal);
        Gate = new Gatekeeper(security, authenticators, enhanced, time, Log, Stopping);
        clockwork = new BrokerClockwork(this);
    }

    public MqttBrokerOptions Options { get; }

    public BrokerLog Log { get; }

    public BrokerClock Clock { get; }

    public IPublishHandler? Handler { get; }

    /// <summary>The times of QoS 2 messages that the handler may be asked about.</summary>
    public UniqueTimes Times { get; }

    public MessageRouter Router { get; }

    public BrokerCounters Counters { get; }

    public SessionTable Sessions { get; }

    /// <summary>Where sessions and retained messages are kept; null where they end with the broker.</summary>
    public BrokerJournal? Journal { get; }

    /// <summary>Who decides on who comes in.</summary>
    public Gatekeeper Gate { get; }

    /// <summary>Fires when the broker ends.</summary>
    public CancellationToken Stopping { get; }

    public IReadOnlyList<MqttBan> Bans => Gate.Bans.All;

    /// <summary>Takes in what a former broker has left in the journal.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (Journal is null) return;
        var replay = await Journal.OpenAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (message, timestamp) in replay.Retained) Router.Restore(message, timestamp);
        foreach (var session in replay.Sessions) Sessions.Restore(session);
        Log.Restored(Sessions.Count, replay.Sessions.Sum(session => (long)session.Messages.Count + session.Inflight.Count), Router.RetainedMessages);
    }

    /// <summary>Begins to look after the connections' and sessions' time.</summary>
    public void Start() => clockwork.Start();

    /// <summary>The connections that are open, in no order.</summary>
    public IEnumerable<ClientConnection> Connections => connections.Keys;

    public bool TryEnter(ClientConnection connection)
    {
        var address = connection.Address;
        if (address is not null && Gate.Bans.Find(null, null, address) is not null)
        {
            Counters.Refuse();
            Log.Banned("", null, address);
            return false;
        }
        if (connections.Count >= Options.MaxConnections)
        {
            Counters.Refuse();
            Log.TooManyConnections(Options.MaxConnections, connection.RemoteEndPoint);
            return false;
        }
        if (address is not null && addresses.AddOrUpdate(address, 1, (_, count) => count + 1) > Options.MaxConnectionsPerAddress)
        {
            LeaveAddress(address);
            Counters.Refuse();
            Log.TooManyFromAddress(Options.MaxConnectionsPerAddress, address);
            return false;
        }
        connections[connection] = true;
        // It may have come between the end of the others and that of the listeners.
        if (isClosing) connection.Close(ReasonCode.ServerShuttingDown, "The server is shutting down.");
        Counters.Accept();
        return true;
    }

    public void Exit(ClientConnection connection)
    {
        connections.TryRemove(connection, out _);
        if (connection.Address is { } address) LeaveAddress(address);
    }

    public PublishBatch RentBatch(string clientId)
    {
        var batch = batches.Get();
        batch.Begin(clientId);
        return batch;
    }

    public void ReturnBatch(PublishBatch batch) => batches.Return(batch);

    /// <summary>Gives a connection whose client has been let in its session.</summary>
    public async ValueTask<ConnectOpening> OpenAsync(ConnectTerms terms, ClientConnection connection)
    {
        if (terms.Will is { } will && (will.Topic.StartsWith("$SYS/", StringComparison.Ordinal) || connection.Access?.MayPublish(will.Topic) == false))
        {
            return new ConnectOpening(ConnectTerms.Refuse(ReasonCode.NotAuthorized, "The access rules do not allow the will's topic."), null, false);
        }
        var opening = Sessions.Open(connection, terms, connection.User);
        opening.TakenFrom?.Close(ReasonCode.SessionTakenOver, "Another connection uses this client identifier.");
        if (opening.DueWill is { } due) await PublishWillAsync(terms.ClientId, due).ConfigureAwait(false);
        if (opening.Session is null)
        {
            return new ConnectOpening(opening.IsForeign
                ? ConnectTerms.Refuse(ReasonCode.NotAuthorized, "The session of this client identifier is another user's.")
                : ConnectTerms.Refuse(ReasonCode.QuotaExceeded, "There are too many sessions."), null, false);
        }
        if (Journal is not null) await Journal.WaitAsync(Journal.Appended).ConfigureAwait(false);
        return new ConnectOpening(null, opening.Session, opening.Present);
    }

    public void SetSessionExpiry(Session session, uint seconds) => Sessions.SetExpiry(session, ConnectTerms.Expiry(seconds, Options));

    /// <summary>Hands what was accepted of a batch to the subscribers, here and at the site's other brokers.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="source">The publisher's session; null for the broker's own process.</param>
    /// <returns>What the journal must have before the messages count as accepted; 0 for nothing.</returns>
    public long Deliver(PublishBatch batch, Session? source)
    {
        var keptFirst = Router.Deliver(batch, source);
        if (batch.Rejected < batch.Count) relay?.Take(batch);
        return keptFirst;
    }

    public void Relay(ReadOnlySpan<byte> messages)
    {
        var batch = RentBatch("");
        try
        {
            while (RelayFormat.TryRead(ref messages, this, out var message))
            {
                batch.Add(message);
                if (!batch.IsFull) continue;
                Router.DeliverRelayed(batch);
                batch.Clear();
            }
        }
        finally
        {
            Router.DeliverRelayed(batch);
            ReturnBatch(batch);
        }
    }

    /// <summary>Marks all messages of a batch as refused by the broker itself.</summary>
    public void Refuse(PublishBatch batch)
    {
        batch.RejectAll(batch.Refusal);
        Counters.Drop(batch.Refusal == ReasonCode.NotAuthorized ? DropCause.NotAuthorized : DropCause.Rejected, batch.Count);
    }

    /// <summary>Marks all messages of a batch as refused because the handler failed.</summary>
    public void RefuseAll(PublishBatch batch, Exception fault)
    {
        Log.HandlerFailed(fault, batch.Count, batch.ClientId);
        batch.RejectAll(
            fault is MqttException { Reason: >= ReasonCode.UnspecifiedError and var reason } ? reason : ReasonCode.UnspecifiedError);
        Counters.Drop(DropCause.HandlerFailed, batch.Count);
    }

    public async Task PublishWillAsync(string clientId, WillMessage will)
    {
        try
        {
            // The delay is over and belongs to CONNECT only.
            will.Properties.WillDelayInterval = null;
            var batch = RentBatch(clientId);
            batch.Add(MessageComposer.Compose(this, will.Topic, will.Payload, will.QoS, will.Retain, will.Properties));
            await PublishAsync(batch, Stopping).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The client is gone: nobody is left to tell.
            Log.WillFailed(fault, clientId, will.Topic);
        }
    }

    public async ValueTask<ReasonCode> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, QualityOfService qos, bool retain, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var batch = RentBatch("");
        batch.Add(MessageComposer.Compose(this, topic, payload.Span, qos, retain, null));
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(Stopping, cancellationToken);
        return await PublishAsync(batch, linked.Token).ConfigureAwait(false);
    }

    public BrokerStatistics GetStatistics() => new()
    {
        Connections = connections.Count,
        Sessions = Sessions.Count,
        Topics = Router.Topics.Count,
        Subscriptions = Router.Subscriptions.Count,
        RetainedMessages = Router.RetainedMessages,
        ConnectionsAccepted = Counters.ConnectionsAccepted,
        ConnectionsRefused = Counters.ConnectionsRefused,
        MessagesReceived = Counters.MessagesReceived,
        MessagesSent = Counters.MessagesSent,
        BytesReceived = Counters.BytesReceived,
        BytesSent = Counters.BytesSent,
        Dropped = Counters.Dropped,
    };

    public IReadOnlyList<MqttClientStatus> GetClients()
    {
        var byClient = connections.Keys.Where(client => client.Session is not null).ToDictionary(client => client.Session!);
        return [.. Sessions.All.Select(session => Status(session, byClient.GetValueOrDefault(session)))];
    }

    public MqttClientDetails? GetClient(string clientId)
    {
        if (Sessions.Find(clientId) is not { } session) return null;
        return new MqttClientDetails(
            Status(session, session.Connection),
            [.. Router.Subscriptions.Of(session).Select(s => new MqttSubscription(s.Request.Filter.Text, s.QoS, s.Request.NoLocal, s.Request.RetainAsPublished))]);
    }

    public bool Disconnect(string clientId, bool endSession)
    {
        if (Sessions.Find(clientId) is not { } session) return false;
        Log.Kicked(clientId);
        if (endSession) Sessions.TryEnd(clientId);
        session.Connection?.Close(ReasonCode.AdministrativeAction, "An operator has ended the connection.");
        return true;
    }

    public void Ban(MqttBan ban)
    {
        Gate.Bans.Add(ban);
        foreach (var (client, _) in connections)
        {
            if (ban.Holds(client.ClientId, client.User, client.Address, Clock.UtcNow)) client.Close(ReasonCode.AdministrativeAction, ban.Reason ?? "This client is banned.");
        }
    }

    public bool Unban(MqttBan ban) => Gate.Bans.Remove(ban);

    public TopicChanges GetTopicsChangedSince(long version) => Router.Topics.ChangedSince(version, Clock.UnixMicroseconds);

    public void WatchPayloads(IReadOnlyList<TopicFilter> filters, int most) => Router.Topics.Watch(filters, most);

    public TopicChanges GetPayloadsChangedSince(long version) => Router.Topics.WatchedSince(version, Clock.UnixMicroseconds);

    /// <summary>The host is about to stop: clients are told, and no more come in.</summary>
    public void CloseAll()
    {
        isClosing = true;
        foreach (var (client, _) in connections) client.Close(ReasonCode.ServerShuttingDown, "The server is shutting down.");
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await clockwork.EndAsync().ConfigureAwait(false);
        CloseAll();
        if (Journal is not null) await Journal.DisposeAsync().ConfigureAwait(false);
        Counters.Dispose();
        stopping.Dispose();
    }

    private async ValueTask<ReasonCode> PublishAsync(PublishBatch batch, CancellationToken cancellationToken)
    {
        Counters.Receive(batch.Count);
        try
        {
            if (Handler is not null) await Handler.HandleAsync(batch, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Counters.Drop(DropCause.HandlerFailed, batch.Count);
            throw;
        }
        Counters.Drop(DropCause.Rejected, batch.Rejected);
        var reason = batch.ReasonOf(0);
        var keptFirst = Deliver(batch, null);
        ReturnBatch(batch);
        if (keptFirst != 0) await Journal!.WaitAsync(keptFirst).ConfigureAwait(false);
        return reason;
    }

    private void LeaveAddress(IPAddress address)
    {
        if (addresses.AddOrUpdate(address, 0, (_, count) => count - 1) <= 0) addresses.TryRemove(KeyValuePair.Create(address, 0));
    }

    private static MqttClientStatus Status(Session session, ClientConnection? client)
    {
        var (queued, queuedBytes, inflight) = session.Count();
        return new MqttClientStatus
        {
            ClientId = session.ClientId,
            User = session.User,
            IsConnected = client is not null,
            Version = client?.Version,
            RemoteEndPoint = client?.RemoteEndPoint,
            ConnectedSince = client?.ConnectedSince,
            KeepAlive = client?.KeepAlive ?? TimeSpan.Zero,
            SessionExpiry = session.Expiry,
            Subscriptions = session.Subscriptions,
            QueuedMessages = queued,
            QueuedBytes = queuedBytes,
            InflightMessages = inflight,
            MessagesReceived = client?.MessagesReceived ?? 0,
            MessagesSent = client?.Writer.MessagesSent ?? 0,
            ReceivedPerSecond = client?.Rates?.Received ?? 0,
            SentPerSecond = client?.Rates?.Sent ?? 0,
            Dropped = session.Drops.Read(),
        };
    }

    private sealed class BatchPolicy : PooledObjectPolicy<PublishBatch>
    {
        public override PublishBatch Create() => new();

        public override bool Return(PublishBatch obj)
        {
            obj.Clear();
            return true;
        }
    }
}
