using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Tests.Activations;

namespace Orleans.Embedded.Tests.Activations;

/// <summary>
/// Collection as time passes. Here and not in Orleans.Tests, since Microsoft's runtime runs its membership by the same
/// clock and takes no time that is made up.
/// </summary>
public sealed class CollectionTests
{
    [Fact]
    public async Task Idle_activations_are_collected_by_the_age_of_their_class()
    {
        var time = new FakeTimeProvider();
        await using var silo = await StartAsync(time);
        await silo.Client.GetGrain<ILiving>("ordinary").Ping();
        await silo.Client.GetGrain<IShortLived>("short").Ping();
        await silo.Client.GetGrain<IKeptAlive>("kept").Ping();
        await silo.Client.GetGrain<ILiving>("delayed").Delay(TimeSpan.FromHours(1));

        await PassAsync(time, TimeSpan.FromMinutes(4));
        await Eventually.IsTrueAsync(
            () => silo.Recorder().Count("short deactivated ActivationIdle") == 1, "the short-lived grain is collected");
        Assert.Equal(0, silo.Recorder().Count("ordinary deactivated ActivationIdle"));

        await PassAsync(time, TimeSpan.FromMinutes(14));
        await Eventually.IsTrueAsync(
            () => silo.Recorder().Count("ordinary deactivated ActivationIdle") == 1, "the ordinary grain is collected");
        Assert.DoesNotContain("delayed deactivated ActivationIdle", silo.Recorder().Events);
        Assert.DoesNotContain("kept deactivated ActivationIdle", silo.Recorder().Events);
    }

    [Fact]
    public async Task A_grain_that_is_called_now_and_then_is_not_collected()
    {
        var time = new FakeTimeProvider();
        await using var silo = await StartAsync(time);
        var grain = silo.Client.GetGrain<IShortLived>("busy");

        for (var i = 0; i < 5; i++)
        {
            await grain.Ping();
            await PassAsync(time, TimeSpan.FromMinutes(1));
        }

        await grain.Ping();
        Assert.DoesNotContain("busy deactivated ActivationIdle", silo.Recorder().Events);
    }

    private static Task<TestSilo> StartAsync(TimeProvider time) => TestSilo.StartAsync(builder =>
    {
        LivingGrains.AddServices(builder);
        builder.Services.AddSingleton(time);
        builder.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(10));
        builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = Timeout.InfiniteTimeSpan);
    });

    private static async Task PassAsync(FakeTimeProvider time, TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromMinutes(1))
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
