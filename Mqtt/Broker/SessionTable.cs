namespace Weir.Mqtt;

/// <summary>What became of a CONNECT.</summary>
/// <param name="Session">The session; null when there are too many, or it is another user's.</param>
/// <param name="Present">Whether it was there before.</param>
/// <param name="TakenFrom">The connection that had it, to be closed.</param>
/// <param name="DueWill">The will that is to be published because a session or a connection has ended by this.</param>
/// <param name="IsForeign">Whether the session is another user's.</param>
internal readonly record struct SessionOpening(
    Session? Session, bool Present, ClientConnection? TakenFrom, WillMessage? DueWill, bool IsForeign = false);

/// <summary>All sessions by client identifier: who may have which, and when they end.</summary>
internal sealed class SessionTable(
    MqttBrokerOptions options, BrokerCounters counters, SubscriptionTree subscriptions, BrokerClock clock, BrokerJournal? journal)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Session> sessions = new(StringComparer.Ordinal);
    private long lastNumber;

    public int Count => sessions.Count;

    public IReadOnlyList<Session> All
    {
        get
        {
            lock (gate) return [.. sessions.Values];
        }
    }

    public Session? Find(string clientId)
    {
        lock (gate) return sessions.GetValueOrDefault(clientId);
    }

    /// <summary>Finds or makes the session for a connection and gives it to that connection.</summary>
    public SessionOpening Open(ClientConnection connection, ConnectTerms terms, string? user)
    {
        lock (gate)
        {
            WillMessage? will = null;
            ClientConnection? former = null;
            var present = sessions.TryGetValue(terms.ClientId, out var session);
            if (present && session!.User != user) return new SessionOpening(null, false, null, null, IsForeign: true);
            if (present && (terms.CleanStart || session!.Expiry == TimeSpan.Zero))
            {
                former = session!.Connection;
                will = former?.TakeWill() ?? session.PendingWill;
                End(session);
                present = false;
            }
            if (!present)
            {
                if (sessions.Count >= options.MaxSessions) return new SessionOpening(null, false, former, will);
                sessions[terms.ClientId] = session = new Session(terms.ClientId, user, NextNumber(), options, counters, journal)
                {
                    IsDurable = journal is not null && terms.SessionExpiry > TimeSpan.Zero,
                };
            }
            else if (session!.IsDurable && terms.SessionExpiry == TimeSpan.Zero)
            {
                // From now on it ends with its connection, and so with the broker.
                session.IsDurable = false;
                journal!.Ended(session);
            }

            session!.Expiry = terms.SessionExpiry;
            session.EndsAt = 0;
            session.PendingWill = null;
            if (session.IsDurable) journal!.Opened(session, (uint)Math.Min(session.Expiry.TotalSeconds, uint.MaxValue), terms.Will);
            if (session.Attach(connection, terms.Window) is { } before)
            {
                former = before;
                // A will with a delay is not published when the client is back before the delay has passed.
                will = before.TakeWill() is { Properties.WillDelayInterval: null or 0 } due ? due : null;
            }
            return new SessionOpening(session, present, former, will);
        }
    }

    /// <summary>The connection is gone. Returns the will to publish now, if there is one.</summary>
    public WillMessage? Release(ClientConnection connection, Session session)
    {
        lock (gate)
        {
            if (!session.Detach(connection)) return null;
            var will = connection.TakeWill();
            var now = clock.Milliseconds;
            if (session.Expiry == TimeSpan.Zero)
            {
                End(session);
                return will;
            }
            session.EndsAt = now + (long)session.Expiry.TotalMilliseconds;
            var delay = will?.Properties.WillDelayInterval ?? 0;
            if (session.IsDurable) journal!.Detached(session, session.EndsAt, will is null ? 0 : now + delay * 1000L);
            if (delay == 0) return will;
            session.PendingWill = will;
            session.PendingWillAt = now + delay * 1000L;
            return null;
        }
    }

    /// <summary>The will of a session without connection has been published.</summary>
    public void NoteWillPublished(string clientId)
    {
        lock (gate)
        {
            if (sessions.TryGetValue(clientId, out var session) && session is { IsDurable: true, EndsAt: not 0 }) journal!.WillPublished(session);
        }
    }

    /// <summary>DISCONNECT of MQTT 5 may set another expiry, unless it was 0 (section 3.14.2.2.2).</summary>
    public void SetExpiry(Session session, TimeSpan expiry)
    {
        lock (gate)
        {
            if (session.Expiry == TimeSpan.Zero && expiry > TimeSpan.Zero)
            {
                throw MqttException.ProtocolError("DISCONNECT sets a session expiry interval, but CONNECT had set none.");
            }
            session.Expiry = expiry;
        }
    }

    /// <summary>Ends a session that has no connection; false where there is none.</summary>
    public bool TryEnd(string clientId)
    {
        lock (gate)
        {
            if (!sessions.TryGetValue(clientId, out var session)) return false;
            session.PendingWill = null;
            if (session.IsConnected) session.Expiry = TimeSpan.Zero;
            else End(session);
            return true;
        }
    }

    /// <summary>Ends the sessions whose time is over and gives the wills that are due.</summary>
    public List<(string ClientId, WillMessage Will)> Sweep()
    {
        var now = clock.Milliseconds;
        var wills = new List<(string, WillMessage)>();
        lock (gate)
        {
            List<Session>? over = null;
            foreach (var session in sessions.Values)
            {
                session.Trim();
                if (session.EndsAt == 0) continue;
                var ends = session.EndsAt <= now;
                if (session.PendingWill is { } will && (ends || session.PendingWillAt <= now))
                {
                    wills.Add((session.ClientId, will));
                    session.PendingWill = null;
                }
                if (ends) (over ??= []).Add(session);
            }
            foreach (var session in over ?? []) End(session);
        }
        return wills;
    }

    /// <summary>Takes in a session of a former broker. One that had a connection then has lost it now.</summary>
    public void Restore(KeptSession former)
    {
        lock (gate)
        {
            var now = clock.Milliseconds;
            var session = new Session(former.ClientId, former.User, former.Number, options, counters, journal)
            {
                IsDurable = true,
                Expiry = TimeSpan.FromSeconds(former.ExpirySeconds),
                EndsAt = former.EndsAt == 0 ? now + former.ExpirySeconds * 1000L : clock.FromUnixMilliseconds(former.EndsAt),
                PendingWill = former.Will,
                PendingWillAt = former.EndsAt == 0
                    ? now + (former.Will?.Properties.WillDelayInterval ?? 0) * 1000L : clock.FromUnixMilliseconds(former.WillAt),
            };
            session.Restore(former, clock);
            foreach (var (request, identifier) in former.Subscriptions.Values) subscriptions.Restore(session, request, identifier);
            sessions[former.ClientId] = session;
            if (former.EndsAt == 0) journal!.Detached(session, session.EndsAt, former.Will is null ? 0 : session.PendingWillAt);
        }
    }

    /// <summary>Tells the journal once more all that there is to a session. Nothing may be delivered meanwhile.</summary>
    public void Retell(Session session)
    {
        lock (gate)
        {
            if (!session.IsDurable || session.HasEnded) return;
            journal!.SnapshotBegin(session);
            var will = session.Connection?.Will ?? session.PendingWill;
            journal.Opened(session, (uint)Math.Min(session.Expiry.TotalSeconds, uint.MaxValue), will);
            if (session.EndsAt != 0) journal.Detached(session, session.EndsAt, will is null ? 0 : session.PendingWillAt);
            subscriptions.Retell(session, journal);
            session.Retell(journal);
            journal.SnapshotEnd(session);
        }
    }

    private long NextNumber() => journal?.NextNumber() ?? ++lastNumber;

    private void End(Session session)
    {
        sessions.Remove(session.ClientId);
        subscriptions.RemoveAll(session);
        session.End();
        if (session.IsDurable) journal!.Ended(session);
    }
}
