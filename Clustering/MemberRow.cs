using System.Globalization;
using Orleans.Runtime;
using Weir.Database;

namespace Weir.Clustering;

/// <summary>A silo as the table has it.</summary>
internal sealed record MemberRow
{
    public string ClusterId { get; init; } = "";

    /// <summary>The version of the cluster it was read with.</summary>
    public int Version { get; init; }

    /// <summary>Its address, with the start of the silo in it; null where the cluster has no silo.</summary>
    public string? Address { get; init; }

    public string SiloName { get; init; } = "";

    public string HostName { get; init; } = "";

    public string? RoleName { get; init; }

    public int Status { get; init; }

    public int GatewayPort { get; init; }

    /// <summary>Who has suspected it and when, as <c>address microseconds</c> with <c>;</c> between them.</summary>
    public string Suspecters { get; init; } = "";

    public long Started { get; init; }

    public long Alive { get; init; }

    public long Etag { get; init; }

    /// <summary>The e-tag that a change gives it.</summary>
    public long Next { get; init; }

    public static MemberRow Of(string clusterId, MembershipEntry entry) => new()
    {
        ClusterId = clusterId,
        Address = entry.SiloAddress.ToParsableString(),
        SiloName = entry.SiloName ?? "",
        HostName = entry.HostName ?? "",
        RoleName = entry.RoleName,
        Status = (int)entry.Status,
        GatewayPort = entry.ProxyPort,
        Suspecters = string.Join(';', (entry.SuspectTimes ?? []).Select(suspecter =>
            string.Create(CultureInfo.InvariantCulture, $"{suspecter.Item1.ToParsableString()} {Micros(suspecter.Item2)}"))),
        Started = Micros(entry.StartTime),
        Alive = Micros(entry.IAmAliveTime),
    };

    public MembershipEntry ToEntry() => new()
    {
        SiloAddress = SiloAddress.FromParsableString(Address!),
        SiloName = SiloName,
        HostName = HostName,
        RoleName = RoleName,
        Status = (SiloStatus)Status,
        ProxyPort = GatewayPort,
        SuspectTimes = [.. Suspecters.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(ToSuspecter)],
        StartTime = UnixMicroseconds.ToTime(Started).UtcDateTime,
        IAmAliveTime = UnixMicroseconds.ToTime(Alive).UtcDateTime,
    };

    private static Tuple<SiloAddress, DateTime> ToSuspecter(string text)
    {
        var at = text.LastIndexOf(' ');
        var micros = long.Parse(text.AsSpan(at + 1), CultureInfo.InvariantCulture);
        return Tuple.Create(SiloAddress.FromParsableString(text[..at]), UnixMicroseconds.ToTime(micros).UtcDateTime);
    }

    // Orleans means UTC, whatever kind the time has.
    private static long Micros(DateTime time) => UnixMicroseconds.From(new DateTimeOffset(time.Ticks, TimeSpan.Zero));
}
