using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Orleans.Tests;

/// <summary>A cluster of one silo. Its client is the silo's own, which every service of the host can use.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private TestSilo(InProcessTestCluster cluster) => _cluster = cluster;

    public IServiceProvider Services => _cluster.GetSiloServiceProvider();

    public IClusterClient Client => Services.GetRequiredService<IClusterClient>();

    public static async Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure = null)
    {
        var silo = Build(configure);
        try
        {
            await silo.StartHostAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    public static TestSilo Build(Action<ISiloBuilder>? configure = null)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSiloHost((_, host) => host.Logging.SetMinimumLevel(LogLevel.Warning));
        if (configure is not null) builder.ConfigureSilo((_, silo) => configure(silo));
        return new TestSilo(builder.Build());
    }

    public Task StartHostAsync() => _cluster.DeployAsync();

    /// <summary>Stops the silo in good order; its services are still there to look at.</summary>
    public Task StopAsync() => _cluster.Silos[0].SiloHost.StopAsync(TestContext.Current.CancellationToken);

    /// <summary>Stops the silo and starts one of the same set-up: references have to be got anew.</summary>
    public Task RestartAsync() => _cluster.RestartSiloAsync(_cluster.Silos[0]);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

/// <summary>Waiting for what happens in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what)
    {
        var token = TestContext.Current.CancellationToken;
        var deadline = DateTime.UtcNow + s_patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, $"not within {s_patience}: {what}");
            await Task.Delay(10, token);
        }
    }

    public static Task IsTrueAsync(Func<bool> condition, string what) =>
        IsTrueAsync(() => Task.FromResult(condition()), what);
}
