using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Tests.Activations;

public sealed class GrainLifecycleTests
{
    /// <summary>https://learn.microsoft.com/dotnet/orleans/grains/grain-lifecycle</summary>
    [Fact]
    public async Task Participants_of_a_grains_lifecycle_start_before_it_is_activated_and_stop_after_it_is_deactivated()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddRecorder());
        var grain = silo.Client.GetGrain<IStaged>("a");

        await grain.End();
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("component stop 1500") == 1, "it has ended");

        Assert.Equal(
            ["component start 1500", "grain start 1600", "activated", "deactivated", "grain stop 1600", "component stop 1500"],
            silo.Recorder().Events);
    }

    [Fact]
    public async Task A_participant_that_fails_fails_the_activation()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddRecorder());

        await Assert.ThrowsAsync<FormatException>(silo.Client.GetGrain<IStaged>("fails").Ping);

        Assert.DoesNotContain("activated", silo.Recorder().Events);
    }

    [Fact]
    public async Task A_test_cluster_shows_activations_and_ends_them()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) => silo.AddRecorder());
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        var grain = cluster.Client.GetGrain<IStaged>("a");
        await grain.Ping();

        Assert.True(cluster.TryGetGrainContext(grain.GetGrainId(), out var context));
        Assert.Equal(grain.GetGrainId(), context.GrainId);
        await cluster.DeactivateAsync(grain);

        Assert.True(context.Deactivated.IsCompleted);
        Assert.False(cluster.TryGetGrainContext(grain.GetGrainId(), out _));
        var handle = Assert.Single(cluster.GetActiveSilos());
        Assert.Same(handle, cluster.GetSiloForAddress(handle.SiloAddress));
        Assert.Contains("deactivated", handle.ServiceProvider.GetRequiredService<Recorder>().Events);
        await cluster.StopAllSilosAsync();
        Assert.False(handle.IsActive);
    }
}

internal interface IStaged : IGrainWithStringKey
{
    Task Ping();

    Task End();
}

internal sealed class StagedGrain : Grain, IStaged, ILifecycleParticipant<IGrainLifecycle>
{
    private readonly Recorder _recorder;

    public StagedGrain(Recorder recorder, IGrainContext context)
    {
        _recorder = recorder;
        context.ObservableLifecycle.Subscribe(
            "component", 1500, _ => Note("component start 1500"), _ => Note("component stop 1500"));
    }

    public void Participate(IGrainLifecycle lifecycle) => lifecycle.Subscribe(
        "grain", 1600,
        _ => this.GetPrimaryKeyString() == "fails" ? throw new FormatException("no") : Note("grain start 1600"),
        _ => Note("grain stop 1600"));

    public override Task OnActivateAsync(CancellationToken cancellationToken) => Note("activated");

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        Note("deactivated");

    public Task Ping() => Task.CompletedTask;

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private Task Note(string what)
    {
        _recorder.Add(what);
        return Task.CompletedTask;
    }
}
