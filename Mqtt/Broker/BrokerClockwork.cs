namespace Weir.Mqtt;

/// <summary>
/// What the broker does by the clock: it watches over connections and sessions, publishes the wills that are due, speaks
/// of itself, and tells the journal anew when that is long.
/// </summary>
internal sealed class BrokerClockwork(MqttBroker broker)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How long an ended connection may take to write what it still has.</summary>
    private const long CloseGrace = 5000;

    private readonly SysTopics sysTopics = new(broker.Router, broker.Clock);
    private Task sweeping = Task.CompletedTask;
    private Task compacting = Task.CompletedTask;
    private long sysPublishedAt;

    public void Start() => sweeping = SweepAsync();

    /// <summary>Waits for its end, which the broker's end brings.</summary>
    public async Task EndAsync()
    {
        await sweeping.ConfigureAwait(false);
        await compacting.ConfigureAwait(false);
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(SweepInterval, broker.Clock.Provider);
        try
        {
            while (await timer.WaitForNextTickAsync(broker.Stopping).ConfigureAwait(false))
            {
                foreach (var client in broker.Connections) Supervise(client);
                foreach (var (clientId, will) in broker.Sessions.Sweep())
                {
                    await broker.PublishWillAsync(clientId, will).ConfigureAwait(false);
                    broker.Sessions.NoteWillPublished(clientId);
                }
                SpeakOfItself();
                if (broker.Journal is { IsLong: true } journal && compacting.IsCompleted) compacting = CompactAsync(journal);
            }
        }
        catch (OperationCanceledException) when (broker.Stopping.IsCancellationRequested)
        {
            // The broker ends.
        }
    }

    private void SpeakOfItself()
    {
        var interval = (long)broker.Options.SysInterval.TotalMilliseconds;
        if (interval == 0 || (sysPublishedAt != 0 && broker.Clock.Milliseconds - sysPublishedAt < interval)) return;
        sysPublishedAt = broker.Clock.Milliseconds;
        sysTopics.Publish(broker.GetStatistics());
    }

    /// <summary>Tells the journal all that is held once more, while everything goes on.</summary>
    private async Task CompactAsync(BrokerJournal journal)
    {
        try
        {
            await Task.Yield();
            await journal.BeginSnapshotAsync().WaitAsync(broker.Stopping).ConfigureAwait(false);
            var began = journal.Appended;
            foreach (var session in broker.Sessions.All)
            {
                lock (journal.Delivering) broker.Sessions.Retell(session);
                await CatchUpAsync().ConfigureAwait(false);
            }
            await broker.Router.RetellRetainedAsync(CatchUpAsync).ConfigureAwait(false);
            await journal.EndSnapshotAsync(began).WaitAsync(broker.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (broker.Stopping.IsCancellationRequested)
        {
            // The broker ends: what it has begun to tell does not count.
        }
        catch (Exception fault)
        {
            broker.Log.CompactionFailed(fault);
        }

        Task CatchUpAsync() => journal.WaitAsync(journal.Appended).AsTask().WaitAsync(broker.Stopping);
    }

    private void Supervise(ClientConnection client)
    {
        var now = broker.Clock.Milliseconds;
        client.MeasureRates(now);
        if (client.ClosingSince is > 0 and var since)
        {
            if (now - since > CloseGrace) client.Abort("The connection did not end in time.");
        }
        else if (client.Session is null)
        {
            if (client.AwaitedSince is > 0 and var awaited && now - awaited > broker.Options.ConnectTimeout.TotalMilliseconds)
            {
                client.Close(ReasonCode.UnspecifiedError, $"CONNECT, or what belongs to its login, did not come within {broker.Options.ConnectTimeout}.");
            }
        }
        else if (client.HasRunOut)
        {
            client.Close(ReasonCode.NotAuthorized, "The login has run out.");
        }
        else if (client.KeepAlive > TimeSpan.Zero && now - client.LastReceived > client.KeepAlive.TotalMilliseconds * 1.5)
        {
            broker.Log.KeepAliveTimeout(client.ClientId, client.RemoteEndPoint, client.KeepAlive);
            client.Close(ReasonCode.KeepAliveTimeout, "Nothing came for one and a half times the keep-alive time.");
        }
    }
}
