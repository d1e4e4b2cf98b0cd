using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Weir.Grains.Cameras;
using Weir.Grains.Exchanges;
using Weir.Grains.Models;
using Weir.Grains.Peers;
using Weir.Grains.Recordings;
using Weir.Grains.Sites;
using Weir.Grains.Transfers;
using Weir.Mqtt;

namespace Weir.Grains;

/// <summary>Registers what the grains of a site need beside streams, database and broker.</summary>
public static class GrainServices
{
    /// <summary>
    /// Adds it. The host adds the stream store, the database with its sinks and retention, the broker, the grain storage
    /// <see cref="SiteStorage.Name"/> and the stream provider of detections.
    /// </summary>
    public static IServiceCollection AddSiteGrains(this IServiceCollection services, Action<SiteOptions> configure)
    {
        services.AddOptions<SiteOptions>().Configure(configure)
            .Validate(options => options.DataFolder.Length > 0, "site: DataFolder must name a folder, but is empty.")
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<SiteOptions>, InferenceCheck>();
        services.AddSingleton<ExchangeSet>();
        services.AddSingleton<ExchangeElsewhere>(provider =>
        {
            var grains = provider.GetRequiredService<IGrainFactory>();
            return name => new RemoteExchange(name, grains);
        });
        services.AddSingleton<SiteModels>();
        services.AddSingleton<CameraPipelines>();
        services.AddSingleton<EvidenceKeeper>();
        services.AddSingleton<DiskUsage>();
        services.AddSingleton<SiloVitals>();
        services.AddSingleton<PeerRelay>();
        services.AddSingleton<IMqttRelay>(provider => provider.GetRequiredService<PeerRelay>());
        services.AddSingleton<Peer>();
        // In this order: a silo knows the site's exchanges before it starts what runs on it, and then the broker listens.
        services.AddHostedService<PeerService>();
        services.AddHostedService<SiteStart>();
        services.AddHostedService<ModelRefresh>();
        services.AddHostedService<RecordingRetention>();
        services.AddTransfers();
        return services;
    }
}
