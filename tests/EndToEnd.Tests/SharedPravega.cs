using Weir.Pravega.Tests;

namespace Weir.EndToEnd.Tests;

/// <summary>
/// The one Pravega that the tests of its collection share, started by the first that needs it and ended with the last, for
/// it is never idle. Each site has scopes of its own in it, as sites that share a cluster have.
/// </summary>
[CollectionDefinition(Name)]
public sealed class SharedPravega : ICollectionFixture<SharedPravega>, IAsyncDisposable
{
    /// <summary>Of the collection.</summary>
    public const string Name = "Pravega";

    private readonly Lazy<Task<PravegaServer>> server = new(() => PravegaServer.StartAsync());

    /// <summary>Starts a site that keeps its streams there.</summary>
    internal async Task<(SiteProcess Site, string Controller, string ScopePrefix)> StartSiteAsync(params string[] arguments)
    {
        Assert.SkipWhen(PravegaServer.Missing is not null, PravegaServer.Missing ?? "");
        var (controller, prefix) = ((await server.Value).Controller, $"e{Guid.NewGuid():N}-");
        var site = await SiteProcess.StartWithAsync(
            new Dictionary<string, string> { ["Weir__Streams__Pravega__ScopePrefix"] = prefix }, null,
            [.. arguments, "--streams", "pravega", "--pravega-controller", controller]);
        return (site, controller, prefix);
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated) await (await server.Value).DisposeAsync();
    }
}
