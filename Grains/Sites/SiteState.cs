namespace Weir.Grains.Sites;

/// <summary>What a site must not forget: which cameras and exchanges it has. Their settings are with their own grains.</summary>
[GenerateSerializer, Alias("weir.SiteState")]
internal sealed class SiteState
{
    [Id(0)] public SortedSet<string> Cameras { get; set; } = new(StringComparer.Ordinal);

    [Id(1)] public SortedSet<string> Exchanges { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The topic filters of each exchange, so that every silo can be told at once.</summary>
    [Id(2)] public SortedDictionary<string, IReadOnlyList<string>> Filters { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Rises with every change of the exchanges and their filters.</summary>
    [Id(3)] public long ExchangesVersion { get; set; }
}
