using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Hosting;

/// <summary>The services of a silo.</summary>
internal static class SiloServices
{
    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(Silo))) return;
        services.AddLogging();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<GrainCatalog>();
        services.AddSingleton<Silo>();
        services.AddSingleton<CallFilters>();
        services.AddMetrics();
        services.AddSingleton<SiloInstruments>();
        services.AddKeyedScoped<IGrainExtension, AsyncEnumerableExtension>(typeof(IAsyncEnumerableGrainExtension));
        services.AddSingleton<SiloLifecycle>();
        services.AddSingleton<ISiloLifecycle>(provider => provider.GetRequiredService<SiloLifecycle>());
        services.AddSingleton<GrainFactory>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainFactory>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainFactory>());
        services.AddSingleton<ILocalSiloDetails, LocalSiloDetails>();
        services.AddSingleton<IGrainRuntime, GrainRuntime>();
        services.AddSingleton<IGrainContextAccessor, GrainContextAccessor>();
        services.AddScoped(provider => provider.GetRequiredService<IGrainContextAccessor>().GrainContext);
        services.TryAddSingleton<ITimerRegistry, TimerRegistry>();
        services.TryAddSingleton<IPersistentStateFactory, PersistentStateFactory>();
        services.TryAddSingleton<IAttributeToFactoryMapper<PersistentStateAttribute>, PersistentStateAttributeMapper>();
        services.AddSingleton<IConfigurationValidator, SiloOptionsValidator>();
        services.AddSingleton<IHostedService, SiloService>();
    }
}

/// <summary>The names and the address of the silo.</summary>
internal sealed class LocalSiloDetails(IOptions<SiloOptions> silo, IOptions<ClusterOptions> cluster) : ILocalSiloDetails
{
    public string Name { get; } = silo.Value.SiloName ?? $"Silo_{Environment.MachineName}";

    public string ClusterId { get; } = cluster.Value.ClusterId;

    public string DnsHostName { get; } = Environment.MachineName;

    public SiloAddress SiloAddress { get; } =
        SiloAddress.New(System.Net.IPAddress.Loopback, 0, SiloAddress.AllocateNewGeneration());
}

/// <summary>The activation whose turn runs on the calling thread.</summary>
internal sealed class GrainContextAccessor : IGrainContextAccessor
{
    public IGrainContext GrainContext => RuntimeContext.Current
        ?? throw new InvalidOperationException("there is a grain context only in the turns of a grain");
}
