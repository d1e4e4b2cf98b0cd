using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Tests.Calls;

namespace Orleans.Embedded.Tests;

/// <summary>
/// What one process makes possible beyond what Orleans promises: nothing of a grain may rest on it, since the same
/// grain is to run on Microsoft's runtime.
/// </summary>
public sealed class OneProcessTests
{
    [Fact]
    public async Task Calls_that_one_caller_makes_begin_in_the_order_in_which_it_makes_them()
    {
        await using var silo = await TestSilo.StartAsync();
        var counter = silo.Client.GetGrain<ICounter>("x");

        // Each answer is the sum so far.
        var sums = await Task.WhenAll(Enumerable.Range(1, 200).Select(counter.Add));

        Assert.Equal(Enumerable.Range(1, 200).Select(i => i * (i + 1) / 2), sums);
    }

    [Fact]
    public async Task A_time_out_says_whether_the_call_had_begun_and_what_the_grain_was_doing()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromMilliseconds(300)));
        var slow = silo.Client.GetGrain<ISlow>("turtle");

        var direct = await Assert.ThrowsAsync<TimeoutException>(() => slow.Wait(TimeSpan.FromSeconds(2)));
        var queued = await Assert.ThrowsAsync<TimeoutException>(() => slow.Wait(TimeSpan.Zero));

        Assert.Contains("ISlow.Wait", direct.Message, StringComparison.Ordinal);
        Assert.Contains("has not ended", direct.Message, StringComparison.Ordinal);
        Assert.Contains("has not begun", queued.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_its_caller_has_given_up_is_not_begun()
    {
        await using var silo = await TestSilo.StartAsync();
        var slow = silo.Client.GetGrain<ISlow>("x");
        using var cancellation = new CancellationTokenSource();

        var first = slow.WaitOrCancel(TimeSpan.FromMilliseconds(300), CancellationToken.None);
        var second = slow.WaitOrCancel(TimeSpan.FromMinutes(5), cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await first;
        Assert.Equal(1, await slow.Begun());
    }

    [Fact]
    public async Task A_call_before_the_host_has_started_is_refused_in_words()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans();
        using var host = builder.Build();
        var counter = host.Services.GetRequiredService<IClusterClient>().GetGrain<ICounter>("a");

        var error = await Assert.ThrowsAsync<SiloUnavailableException>(() => counter.Add(1));

        Assert.Contains("has not started", error.Message, StringComparison.Ordinal);
    }
}
