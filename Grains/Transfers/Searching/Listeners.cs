using Weir.Mqtt;

namespace Weir.Grains.Transfers.Searching;

/// <summary>
/// The connected clients that listen to a search's answers: where one of them does not keep up, sending waits, so that its
/// queue does not overflow. For one caller at a time.
/// </summary>
internal sealed class Listeners(IMqttBroker broker, string[] topics, TimeProvider time)
{
    // Well below a session's limits (docs/mqtt.md), which others' messages share.
    private const int MostQueued = 10_000;
    private const long MostQueuedBytes = 8L << 20;
    private const int LookEveryMessages = 64;
    private static readonly TimeSpan FindEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private List<string> clients = [];
    private long found = long.MinValue;
    private int sent;

    /// <summary>Waits while a listener is behind. To be called before each message.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (sent++ % LookEveryMessages != 0) return;
        if (found == long.MinValue || time.GetElapsedTime(found) > FindEvery) Find();
        while (clients.Exists(IsBehind)) await Task.Delay(Pause, time, cancellationToken);
    }

    private void Find()
    {
        found = time.GetTimestamp();
        clients = [.. broker.GetClients().Where(client => client.IsConnected && Listens(client.ClientId)).Select(client => client.ClientId)];
    }

    private bool Listens(string client) => broker.GetClient(client) is { } details && details.Subscriptions.Any(subscription =>
        TopicFilter.TryParse(subscription.Filter, out var filter, out _) && topics.Any(topic => filter.Matches(topic)));

    private bool IsBehind(string client) =>
        broker.GetClient(client)?.Status is { IsConnected: true } status && (status.QueuedMessages > MostQueued || status.QueuedBytes > MostQueuedBytes);
}
