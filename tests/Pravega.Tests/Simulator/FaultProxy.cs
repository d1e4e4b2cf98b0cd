using System.Net;
using System.Net.Sockets;

namespace Weir.Pravega.Tests.Simulator;

/// <summary>
/// Stands before segment stores and does to connections what networks do: cuts them after some bytes in either direction,
/// holds them up, or lets them stand open with nothing going through.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly Dictionary<DnsEndPoint, (TcpListener Listener, Task Accepting)> fronts = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<Socket> sockets = [];
    private TaskCompletionSource open = Opened();

    /// <summary>After how many bytes, of both directions together, the next connection is cut; null never.</summary>
    public Func<int?> CutAfter { get; set; } = () => null;

    /// <summary>How long each piece is held up.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections were cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>For <see cref="PravegaClientOptions.MapSegmentStore"/>: each store has a port of its own here.</summary>
    public DnsEndPoint Map(DnsEndPoint server)
    {
        lock (gate)
        {
            if (!fronts.TryGetValue(server, out var front))
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                fronts.Add(server, front = (listener, AcceptAsync(listener, server)));
            }
            return new DnsEndPoint("127.0.0.1", ((IPEndPoint)front.Listener.LocalEndpoint).Port);
        }
    }

    /// <summary>Nothing goes through any more, on open connections and on new ones; they stay open.</summary>
    public void HalfOpen() => open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>New connections work; those that were half open stay so for good.</summary>
    public void Heal() => open = Opened();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        lock (gate) sockets.ForEach(socket => socket.Dispose());
        foreach (var (listener, accepting) in fronts.Values)
        {
            listener.Stop();
            await accepting;
        }
    }

    private static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private async Task AcceptAsync(TcpListener listener, DnsEndPoint target)
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await listener.AcceptSocketAsync(stop.Token), target));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket client, DnsEndPoint target)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        lock (gate) sockets.AddRange([client, server]);
        var left = CutAfter() ?? int.MaxValue;
        var mine = open;
        try
        {
            await server.ConnectAsync(target.Host, target.Port, stop.Token);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over, or nobody is there.
        }
        client.Dispose();
        server.Dispose();

        async Task PumpAsync(Socket from, Socket to)
        {
            var buffer = new byte[16 << 10];
            try
            {
                while (true)
                {
                    var count = await from.ReceiveAsync(buffer, stop.Token);
                    if (count == 0) return;
                    await mine.Task.WaitAsync(stop.Token);
                    if (open != mine) await Task.Delay(Timeout.Infinite, stop.Token);
                    if (Delay > TimeSpan.Zero) await Task.Delay(Delay, stop.Token);
                    var allowed = Math.Min(count, Interlocked.Add(ref left, -count) + count);
                    if (allowed > 0) await to.SendAsync(buffer.AsMemory(0, allowed), stop.Token);
                    if (allowed == count) continue;
                    lock (gate) Cuts++;
                    // At once and without a farewell, as a crash does.
                    from.Close(0);
                    to.Close(0);
                    return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One of the sides has gone.
            }
        }
    }
}
