using System.Collections.Concurrent;
using System.Net;

namespace Weir.Pravega.Connections;

/// <summary>
/// Which server has a segment, remembered for a little. Whoever finds that it is not there, or not up, says so, and the
/// controller is asked again.
/// </summary>
internal sealed class SegmentHosts(PravegaController controller, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(20);
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<StreamSegment, (DnsEndPoint Server, long At)> known = new();

    public async ValueTask<DnsEndPoint> FindAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(segment, out var entry) && time.GetElapsedTime(entry.At) < GoodFor) return entry.Server;
        var server = await controller.GetHostAsync(segment, cancellationToken).ConfigureAwait(false);
        if (known.Count >= Most) known.Clear();
        known[segment] = (server, time.GetTimestamp());
        return server;
    }

    public void Forget(StreamSegment segment) => known.TryRemove(segment, out _);
}
