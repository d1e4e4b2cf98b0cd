using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>
/// A cluster within the process of its tests: one silo, whose own client is the cluster's. A reference is of the silo
/// that it was got from; after a restart get it again.
/// </summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly List<InProcessSiloHandle> _silos = [];
    private bool _hasClient;

    internal InProcessTestCluster(InProcessTestClusterOptions options) => Options = options;

    /// <summary>The options.</summary>
    public InProcessTestClusterOptions Options { get; }

    /// <summary>The silos that have been started and not been stopped through the cluster.</summary>
    public ReadOnlyCollection<InProcessSiloHandle> Silos
    {
        get
        {
            lock (_silos) return _silos.ToList().AsReadOnly();
        }
    }

    /// <summary>The client.</summary>
    /// <exception cref="InvalidOperationException">The cluster has not been started, or has been stopped.</exception>
    public IClusterClient Client => _hasClient && Silos is [var silo, ..]
        ? silo.ServiceProvider.GetRequiredService<IClusterClient>()
        : throw new InvalidOperationException(
            "the test cluster has no client: it has not been started, or has been stopped; call DeployAsync first");

    /// <summary>Starts the silo.</summary>
    public async Task DeployAsync()
    {
        if (Silos.Count > 0) throw new InvalidOperationException("the test cluster has been started already");
        await StartSiloAsync(0);
        if (Options.InitializeClientOnDeploy) await InitializeClientAsync();
    }

    /// <summary>Gives the cluster its client, if it was started without.</summary>
    public Task InitializeClientAsync()
    {
        _hasClient = true;
        return Task.CompletedTask;
    }

    /// <summary>The services of a silo, of any for null.</summary>
    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null)
    {
        var handle = Silos.FirstOrDefault(one => silo is null || one.SiloAddress.Equals(silo));
        return handle?.ServiceProvider ?? throw new ArgumentException($"the test cluster has no silo '{silo}'", nameof(silo));
    }

    /// <summary>The silos that run.</summary>
    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => Silos.Where(silo => silo.IsActive);

    /// <summary>The silo of that address that runs, null if there is none.</summary>
    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) =>
        GetActiveSilos().FirstOrDefault(silo => silo.SiloAddress.Equals(siloAddress));

    /// <summary>The activation of a grain, if it has one.</summary>
    public bool TryGetGrainContext(GrainId grainId, [NotNullWhen(true)] out IGrainContext? grainContext)
    {
        grainContext = Silos
            .Select(silo => silo.ServiceProvider.GetRequiredService<Silo>())
            .SelectMany(silo => silo.Activations)
            .FirstOrDefault(activation => activation.GrainId == grainId);
        return grainContext is not null;
    }

    /// <summary>Completes when the activation that the grain has now, if it has one, has ended.</summary>
    public Task WaitForDeactivationAsync(GrainId grainId) =>
        TryGetGrainContext(grainId, out var context) ? context.Deactivated : Task.CompletedTask;

    /// <inheritdoc cref="WaitForDeactivationAsync(GrainId)"/>
    public Task WaitForDeactivationAsync(IAddressable grain) => WaitForDeactivationAsync(grain.GetGrainId());

    /// <summary>Ends the activation of the grain, if it has one.</summary>
    public Task DeactivateAsync(GrainId grainId)
    {
        if (!TryGetGrainContext(grainId, out var context)) return Task.CompletedTask;
        context.Deactivate(new DeactivationReason(
            DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateAsync)} was called."));
        return context.Deactivated;
    }

    /// <inheritdoc cref="DeactivateAsync(GrainId)"/>
    public Task DeactivateAsync(IAddressable grain) => DeactivateAsync(grain.GetGrainId());

    /// <summary>Stops a silo in good order.</summary>
    public Task StopSiloAsync(InProcessSiloHandle instance) => StopSiloAsync(instance, true);

    /// <summary>Stops a silo without letting its grains end.</summary>
    public Task KillSiloAsync(InProcessSiloHandle instance) => StopSiloAsync(instance, false);

    /// <summary>Stops all silos in good order.</summary>
    public async Task StopAllSilosAsync()
    {
        foreach (var silo in Silos.Reverse()) await StopSiloAsync(silo);
    }

    /// <summary>Stops a silo in good order and starts one of the same set-up; null if there is no silo to stop.</summary>
    public async Task<InProcessSiloHandle?> RestartSiloAsync(InProcessSiloHandle instance)
    {
        if (instance is null) return null;
        await StopSiloAsync(instance);
        return await StartSiloAsync(instance.InstanceNumber);
    }

    /// <summary>Stops all silos in good order.</summary>
    public void Dispose() => Task.Run(async () => await DisposeAsync()).GetAwaiter().GetResult();

    /// <summary>Stops all silos in good order.</summary>
    public async ValueTask DisposeAsync() => await StopAllSilosAsync();

    private async Task StopSiloAsync(InProcessSiloHandle instance, bool stopGracefully)
    {
        ArgumentNullException.ThrowIfNull(instance);
        lock (_silos) _silos.Remove(instance);
        try
        {
            await instance.StopSiloAsync(stopGracefully);
        }
        finally
        {
            await instance.DisposeAsync();
        }
    }

    private async Task<InProcessSiloHandle> StartSiloAsync(short number)
    {
        var own = new InProcessTestSiloSpecificOptions { SiloName = $"Silo_{number}" };
        var builder = Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings { ApplicationName = own.SiloName, EnvironmentName = Environments.Development });
        if (Options.ConfigureFileLogging)
        {
            var path = Path.Combine("logs", Options.ClusterId, $"{own.SiloName}.log");
            builder.Services.AddSingleton<ILoggerProvider>(_ => new LogFile(path));
        }

        foreach (var configure in Options.SiloHostConfigurationDelegates) configure(own, builder);
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (Options.ClusterId, Options.ServiceId))
            .Configure<SiloOptions>(options => options.SiloName = own.SiloName));
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        var details = host.Services.GetRequiredService<ILocalSiloDetails>();
        var handle = new InProcessSiloHandle
        {
            SiloHost = host, Name = own.SiloName, InstanceNumber = number, SiloAddress = details.SiloAddress,
        };
        lock (_silos) _silos.Add(handle);
        return handle;
    }
}
