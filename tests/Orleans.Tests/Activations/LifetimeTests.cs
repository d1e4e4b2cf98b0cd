using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Activations;

public sealed class LifetimeTests
{
    [Fact]
    public async Task A_failing_activation_is_seen_by_the_caller_and_tried_again_by_the_next()
    {
        await using var silo = await TestSilo.StartAsync(LivingGrains.AddServices);
        var grain = silo.Client.GetGrain<ILiving>("fails");

        var error = await Assert.ThrowsAsync<FormatException>(grain.Ping);
        await Assert.ThrowsAsync<FormatException>(grain.Ping);

        Assert.Equal("can not live", error.Message);
        Assert.Equal(2, silo.Recorder().Count("fails constructed"));
    }

    [Fact]
    public async Task A_grain_that_asks_to_end_gets_the_reason_and_the_next_call_a_new_activation()
    {
        await using var silo = await TestSilo.StartAsync(LivingGrains.AddServices);
        var grain = silo.Client.GetGrain<ILiving>("a");

        var first = await grain.Instance();
        await grain.EndSoon();
        var second = await grain.Instance();

        Assert.NotEqual(first, second);
        Assert.Equal(
            ["a constructed", "a activated", "a deactivated ApplicationRequested", "a disposed", "scope disposed", "a constructed", "a activated"],
            silo.Recorder().Events);
    }

    [Fact]
    public async Task Calls_that_wait_when_a_grain_ends_go_to_its_next_activation()
    {
        await using var silo = await TestSilo.StartAsync(LivingGrains.AddServices);
        var grain = silo.Client.GetGrain<ILiving>("a");

        var ending = grain.EndSlowly(TimeSpan.FromMilliseconds(300));
        await Eventually.IsTrueAsync(() => silo.Recorder().Count("a ends") == 1, "it is asked to end");
        var waiting = Enumerable.Range(0, 10).Select(_ => grain.Instance()).ToArray();
        await ending;

        var instances = await Task.WhenAll(waiting);
        Assert.Single(instances.Distinct());
        Assert.Equal(2, silo.Recorder().Count("a constructed"));
    }

    [Fact]
    public async Task Idle_activations_can_be_collected_but_for_those_that_are_kept_or_delayed()
    {
        await using var silo = await TestSilo.StartAsync(LivingGrains.AddServices);
        await silo.Client.GetGrain<ILiving>("ordinary").Ping();
        await silo.Client.GetGrain<IKeptAlive>("kept").Ping();
        await silo.Client.GetGrain<ILiving>("delayed").Delay(TimeSpan.FromHours(1));
        var management = silo.Client.GetGrain<IManagementGrain>(0);

        await management.ForceActivationCollection(TimeSpan.FromHours(1));
        Assert.DoesNotContain("ordinary deactivated ActivationIdle", silo.Recorder().Events);

        // An activation is idle a moment after its last call has been answered.
        await Eventually.IsTrueAsync(
            async () =>
            {
                await management.ForceActivationCollection(TimeSpan.Zero);
                return silo.Recorder().Count("ordinary deactivated ActivationIdle") == 1;
            },
            "the ordinary grain is collected");
        Assert.DoesNotContain("kept deactivated ActivationIdle", silo.Recorder().Events);
        Assert.DoesNotContain("delayed deactivated ActivationIdle", silo.Recorder().Events);
    }

    [Fact]
    public async Task The_stop_of_the_host_lets_requests_end_and_deactivates_all_grains()
    {
        Recorder recorder;
        Task running;
        await using (var silo = await TestSilo.StartAsync(LivingGrains.AddServices))
        {
            recorder = silo.Recorder();
            await silo.Client.GetGrain<ILiving>("idle").Ping();
            running = silo.Client.GetGrain<ILiving>("busy").Work(TimeSpan.FromMilliseconds(300));
            await Eventually.IsTrueAsync(() => recorder.Count("busy works") == 1, "the request runs");
            await silo.StopAsync();

            await Assert.ThrowsAsync<SiloUnavailableException>(() => silo.Client.GetGrain<ILiving>("late").Ping());
        }

        await running;
        Assert.Contains("idle deactivated ShuttingDown", recorder.Events);
        Assert.Contains("busy deactivated ShuttingDown", recorder.Events);
        var events = recorder.Events.ToList();
        Assert.True(events.IndexOf("busy worked") < events.IndexOf("busy deactivated ShuttingDown"));
    }

    [Fact]
    public async Task Every_activation_has_a_scope_of_services_and_its_context_by_injection()
    {
        await using var silo = await TestSilo.StartAsync(LivingGrains.AddServices);

        Assert.True(await silo.Client.GetGrain<ILiving>("a").HasOwnContext());
        Assert.NotEqual(
            await silo.Client.GetGrain<ILiving>("a").ScopeId(), await silo.Client.GetGrain<ILiving>("b").ScopeId());
    }
}
