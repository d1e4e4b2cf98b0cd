using System.Net;

namespace Weir.Pravega.Controller;

/// <summary>The controllers to call, in turn. A list that is asked for is asked for again every two minutes.</summary>
internal sealed class ControllerEndpoints
{
    private const int DefaultPort = 9090;
    private static readonly TimeSpan ListAge = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(10);

    private readonly DnsEndPoint[] given;
    private readonly TimeProvider time;
    private DnsEndPoint[] known;
    private long listedAt;
    private TimeSpan goodFor;
    private int next;

    public ControllerEndpoints(PravegaClientOptions options, TimeProvider time)
    {
        this.time = time;
        given = known = Parse(options.Controller);
        IsListed = options.Scheme is "pravega" or "pravegas";
    }

    /// <summary>Whether the controllers are asked for the list of all of them.</summary>
    public bool IsListed { get; }

    public bool IsListDue => IsListed && (listedAt == 0 || time.GetElapsedTime(listedAt) > goodFor);

    public int Count => known.Length;

    public DnsEndPoint Next()
    {
        var servers = known;
        return servers[(int)((uint)Interlocked.Increment(ref next) % (uint)servers.Length)];
    }

    /// <summary>Takes over a list; an empty one goes back to what was given.</summary>
    public void Listed(IReadOnlyList<DnsEndPoint> servers)
    {
        if (servers.Count > 0) known = [.. servers];
        (listedAt, goodFor) = (time.GetTimestamp(), ListAge);
    }

    public void ListFailed()
    {
        known = given;
        (listedAt, goodFor) = (time.GetTimestamp(), PauseAfterFailure);
    }

    // Several hosts are no authority that Uri can parse.
    private static DnsEndPoint[] Parse(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        var hosts = (start < 0 ? text : text[(start + 3)..]).TrimEnd('/').Split(',', StringSplitOptions.TrimEntries);
        return [.. hosts.Select(host => ParseOne(host, text))];
    }

    private static DnsEndPoint ParseOne(string host, string all)
    {
        var cut = host.LastIndexOf(':');
        var name = cut < 0 || host.EndsWith(']') ? host : host[..cut];
        var port = DefaultPort;
        if (name.Length == 0 || (name.Length < host.Length && !int.TryParse(host.AsSpan(cut + 1), out port)) || port is < 1 or > 65535)
            throw new ArgumentException($"A controller must be given as host:port, but '{all}' has '{host}'.");
        return new DnsEndPoint(name, port);
    }
}
