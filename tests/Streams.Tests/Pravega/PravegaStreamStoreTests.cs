using Weir.Pravega.Tests;
using Weir.Streams.Pravega;

[assembly: AssemblyFixture(typeof(Weir.Streams.Tests.Pravega.SharedPravega))]

namespace Weir.Streams.Tests.Pravega;

/// <summary>The one server in memory that the tests of this assembly share; started by the first that needs it.</summary>
public sealed class SharedPravega : IAsyncDisposable
{
    private readonly Lazy<Task<PravegaServer>> server = new(() => PravegaServer.StartAsync());

    internal async Task<string> ControllerAsync()
    {
        Assert.SkipWhen(PravegaServer.Missing is not null, PravegaServer.Missing ?? "");
        return (await server.Value).Controller;
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated) await (await server.Value).DisposeAsync();
    }
}

/// <summary>Pravega answers the questions to every store.</summary>
public sealed class PravegaStreamStoreTests(SharedPravega shared) : StreamStoreFacts
{
    private readonly string prefix = $"p{Guid.NewGuid():N}-";

    protected override StreamOptions Options => new();

    protected override async Task<IStreamStore> OpenStoreAsync() => new PravegaStreamStore(
        new PravegaStoreOptions { Controller = await shared.ControllerAsync(), ScopePrefix = prefix });
}
