using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Streams;
using Weir.Streams.Provider;

namespace Weir.Streams.Tests.Provider;

/// <summary>A silo with a stream provider over a store, as a site has it; it can be stopped and started anew.</summary>
internal sealed class StreamingSilo : IAsyncDisposable
{
    public const string Provider = "events";

    private readonly string folder = Directory.CreateTempSubdirectory("weir-silo-").FullName;
    private readonly Action<IServiceCollection, string> store;
    private readonly Action<EmbeddedStreamOptions>? configure;
    private readonly TimeSpan deliveryTime;
    private IHost host = null!;

    private StreamingSilo(Action<IServiceCollection, string> store, Action<EmbeddedStreamOptions>? configure, TimeSpan deliveryTime) =>
        (this.store, this.configure, this.deliveryTime) = (store, configure, deliveryTime);

    /// <summary>What the grains have seen; it outlives the silo.</summary>
    public Seen Seen { get; } = new();

    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public IStreamStore Store => host.Services.GetRequiredService<IStreamStore>();

    /// <param name="store">Adds the stream store; it gets a folder that outlives a restart.</param>
    /// <param name="configure">Sets options of the provider.</param>
    /// <param name="deliveryTime">How long the delivery of a batch is repeated; by default one minute.</param>
    public static async Task<StreamingSilo> StartAsync(
        Action<IServiceCollection, string> store, Action<EmbeddedStreamOptions>? configure = null, TimeSpan? deliveryTime = null)
    {
        var silo = new StreamingSilo(store, configure, deliveryTime ?? TimeSpan.FromMinutes(1));
        try
        {
            await silo.StartAsync();
            return silo;
        }
        catch (Exception)
        {
            silo.host.Dispose();
            Directory.Delete(silo.folder, recursive: true);
            throw;
        }
    }

    public IAsyncStream<T> Stream<T>(string ns, string key) =>
        host.Services.GetRequiredService<IClusterClient>().GetStreamProvider(Provider).GetStream<T>(ns, key);

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Seen.Release();
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(Seen);
        store(builder.Services, folder);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering()
            .AddMemoryGrainStorage("PubSubStore")
            .AddEmbeddedStreams(Provider, options =>
            {
                options.CheckpointInterval = TimeSpan.FromMilliseconds(10);
                options.TailWait = TimeSpan.FromMilliseconds(50);
                options.Stream = new StreamOptions { SegmentBytes = 64 << 10, MaxBytes = 64 << 20 };
                configure?.Invoke(options);
            }, stream => stream.ConfigurePullingAgent(agent => agent.Configure(o => o.MaxEventDeliveryTime = deliveryTime))));
        host = builder.Build();
        await host.StartAsync();
    }

    private async Task StopAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
