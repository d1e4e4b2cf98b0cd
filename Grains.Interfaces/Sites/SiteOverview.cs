using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Broker;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Grains.Interfaces.Sites;

/// <summary>A site at a glance.</summary>
[GenerateSerializer, Immutable, Alias("weir.SiteOverview")]
public sealed record SiteOverview
{
    /// <summary>When this was true.</summary>
    [Id(0)] public DateTimeOffset Time { get; init; }

    /// <summary>Since when the site runs.</summary>
    [Id(1)] public DateTimeOffset Started { get; init; }

    /// <summary>Its cameras, by id.</summary>
    [Id(2)] public IReadOnlyList<CameraStatus> Cameras { get; init; } = [];

    /// <summary>Its exchanges, by name.</summary>
    [Id(3)] public IReadOnlyList<ExchangeStatus> Exchanges { get; init; } = [];

    /// <summary>Its broker.</summary>
    [Id(4)] public required BrokerStatus Broker { get; init; }

    /// <summary>Alarms that were raised in the last hour or still hold, newest first.</summary>
    [Id(5)] public IReadOnlyList<Alarm> Alarms { get; init; } = [];

    /// <summary>Its disk.</summary>
    [Id(6)] public required DiskStatus Disk { get; init; }
}

/// <summary>The disk that a site's data lies on.</summary>
/// <param name="Folder">The data folder.</param>
/// <param name="UsedBytes">What the data folder holds.</param>
/// <param name="FreeBytes">What is free on its disk.</param>
/// <param name="TotalBytes">The disk's size.</param>
/// <param name="Parts">What the data folder holds, by its parts.</param>
[GenerateSerializer, Immutable, Alias("weir.DiskStatus")]
public sealed record DiskStatus(
    [property: Id(0)] string Folder, [property: Id(1)] long UsedBytes, [property: Id(2)] long FreeBytes,
    [property: Id(3)] long TotalBytes, [property: Id(4)] IReadOnlyList<DiskPart> Parts);

/// <summary>A part of the data folder.</summary>
[GenerateSerializer, Immutable, Alias("weir.DiskPart")]
public sealed record DiskPart([property: Id(0)] string Name, [property: Id(1)] long Bytes);
