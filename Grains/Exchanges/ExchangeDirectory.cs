using Orleans.Concurrency;

namespace Weir.Grains.Exchanges;

/// <summary>The exchanges of a site and their topic filters.</summary>
/// <param name="Version">Rises with every change.</param>
/// <param name="Exchanges">The exchanges, by name.</param>
[GenerateSerializer, Immutable, Alias("weir.ExchangeDirectory")]
internal sealed record ExchangeDirectory(
    [property: Id(0)] long Version, [property: Id(1)] IReadOnlyList<ExchangeFilters> Exchanges)
{
    /// <summary>What a silo knows before it has asked.</summary>
    public static readonly ExchangeDirectory None = new(-1, []);
}

/// <summary>What an exchange keeps.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Filters">The MQTT topic filters whose messages it keeps.</param>
[GenerateSerializer, Immutable, Alias("weir.ExchangeFilters")]
internal sealed record ExchangeFilters([property: Id(0)] string Name, [property: Id(1)] IReadOnlyList<string> Filters);

/// <summary>Tells which exchanges the site has. The site's own grain does; the key is its key.</summary>
[Alias("weir.IExchangeDirectoryGrain")]
internal interface IExchangeDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The newest.</summary>
    [Alias("GetDirectory"), AlwaysInterleave] Task<ExchangeDirectory> GetDirectoryAsync();
}
