using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Activations;

/// <summary>Grains that note how they live.</summary>
internal static class LivingGrains
{
    public static void AddServices(ISiloBuilder builder)
    {
        builder.AddRecorder();
        builder.Services.AddScoped<Scoped>();
    }
}

internal interface ILiving : IGrainWithStringKey
{
    Task Ping();

    Task<Guid> Instance();

    Task EndSoon();

    Task EndSlowly(TimeSpan time);

    Task Delay(TimeSpan time);

    Task Work(TimeSpan time);

    Task<bool> HasOwnContext();

    Task<Guid> ScopeId();
}

internal interface IShortLived : ILiving
{
}

internal interface IKeptAlive : ILiving
{
}

internal abstract class LivingBase(Recorder recorder, IGrainContext context) : Grain, ILiving, IAsyncDisposable
{
    private readonly Guid _instance = Guid.NewGuid();
    private readonly Scoped _scoped = context.ActivationServices.GetRequiredService<Scoped>();

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        recorder.Add($"{Name} constructed");
        if (Name == "fails") throw new FormatException("can not live");
        recorder.Add($"{Name} activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        recorder.Add($"{Name} deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Ping() => Task.CompletedTask;

    public Task<Guid> Instance() => Task.FromResult(_instance);

    public Task EndSoon()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task EndSlowly(TimeSpan time)
    {
        DeactivateOnIdle();
        recorder.Add($"{Name} ends");
        await Task.Delay(time);
    }

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public async Task Work(TimeSpan time)
    {
        recorder.Add($"{Name} works");
        await Task.Delay(time);
        recorder.Add($"{Name} worked");
    }

    public Task<bool> HasOwnContext() => Task.FromResult(
        ReferenceEquals(context, GrainContext) && context.GrainId == this.GetGrainId() && context.GrainInstance == this
        && ReferenceEquals(ServiceProvider.GetRequiredService<IGrainContext>(), context));

    public Task<Guid> ScopeId() => Task.FromResult(_scoped.Id);

    public ValueTask DisposeAsync()
    {
        recorder.Add($"{Name} disposed");
        return ValueTask.CompletedTask;
    }
}

internal sealed class Scoped(Recorder recorder) : IDisposable
{
    public Guid Id { get; } = Guid.NewGuid();

    public void Dispose() => recorder.Add("scope disposed");
}

internal sealed class Living(Recorder recorder, IGrainContext context) : LivingBase(recorder, context);

[CollectionAgeLimit(Minutes = 2)]
internal sealed class ShortLivedGrain(Recorder recorder, IGrainContext context) : LivingBase(recorder, context), IShortLived;

[KeepAlive]
internal sealed class KeptAliveGrain(Recorder recorder, IGrainContext context) : LivingBase(recorder, context), IKeptAlive;
