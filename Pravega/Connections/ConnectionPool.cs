using System.Net;
using Microsoft.Extensions.Logging;

namespace Weir.Pravega.Connections;

/// <summary>
/// Shared connections to segment stores for reads, tables and questions, a bounded number each. Writers have connections of
/// their own, since a store stops reading one while too much on it waits for storage.
/// </summary>
internal sealed class ConnectionPool(PravegaClientOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<DnsEndPoint, List<Task<StoreConnection>>> stores = [];
    private readonly CancellationTokenSource stop = new();

    /// <summary>A connection of one's own, which the caller closes.</summary>
    public Task<StoreConnection> ConnectAsync(DnsEndPoint server, IAppendListener listener, CancellationToken cancellationToken) =>
        StoreConnection.ConnectAsync(server, options, time, listener, logger, cancellationToken);

    /// <summary>A shared connection: an idle one, else a new one while there may be more, else the one with the fewest waiting.</summary>
    public Task<StoreConnection> TakeAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        Task<StoreConnection> chosen;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
            if (!stores.TryGetValue(server, out var open)) stores.Add(server, open = []);
            open.RemoveAll(c => c.IsFaulted || c.IsCanceled || (c.IsCompletedSuccessfully && !c.Result.IsOpen));
            var best = open.MinBy(c => c.IsCompletedSuccessfully ? c.Result.Waiting : int.MaxValue);
            if (best is null || (open.Count < options.ConnectionsPerStore && (!best.IsCompletedSuccessfully || best.Result.Waiting > 0)))
            {
                best = StoreConnection.ConnectAsync(server, options, time, listener: null, logger, stop.Token);
                open.Add(best);
            }
            chosen = best;
        }
        return chosen.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        List<Task<StoreConnection>> all;
        lock (gate)
        {
            stop.Cancel();
            all = [.. stores.Values.SelectMany(open => open)];
            stores.Clear();
        }
        foreach (var connecting in all)
        {
            await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (connecting.IsCompletedSuccessfully) await connecting.Result.DisposeAsync().ConfigureAwait(false);
        }
    }
}
