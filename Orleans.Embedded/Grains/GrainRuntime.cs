using System.Reflection;
using Orleans.Core;
using Orleans.Providers;
using Orleans.Timers;

namespace Orleans.Runtime;

/// <inheritdoc cref="IGrainRuntime"/>
internal sealed class GrainRuntime(
    IServiceProvider services, IGrainFactory grainFactory, ITimerRegistry timers, ILocalSiloDetails silo,
    TimeProvider time)
    : IGrainRuntime
{
    public string SiloIdentity => silo.SiloAddress.ToString();

    public SiloAddress SiloAddress => silo.SiloAddress;

    public IGrainFactory GrainFactory => grainFactory;

    public ITimerRegistry TimerRegistry => timers;

    public IServiceProvider ServiceProvider => services;

    public TimeProvider TimeProvider => time;

    public void DeactivateOnIdle(IGrainContext grainContext)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        grainContext.Deactivate(new DeactivationReason(
            DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));
    }

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) =>
        ((Activation)grainContext).DelayDeactivation(timeSpan);

    public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        var grainClass = ((Activation)grainContext).GrainClass.Class;
        var name = grainClass.GetCustomAttribute<StorageProviderAttribute>()?.ProviderName;
        return new PersistentState<TGrainState>(
            "state", grainContext, GrainStores.Find(services, name, grainClass.FullName));
    }
}
