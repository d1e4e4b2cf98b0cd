using Weir.Web.Live;

namespace Weir.Web.Tests.Live;

public sealed class ThrottleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task The_first_request_runs_at_once_and_those_that_follow_run_as_one()
    {
        var runs = 0;
        using var throttle = new Throttle(TimeSpan.FromMilliseconds(300), () => { Interlocked.Increment(ref runs); return Task.CompletedTask; });

        throttle.Request();
        Assert.Equal(1, runs);
        for (var i = 0; i < 1000; i++) throttle.Request();
        Assert.Equal(1, runs);

        await Until(() => Volatile.Read(ref runs) == 2);
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Equal(2, Volatile.Read(ref runs));
    }

    [Fact]
    public async Task A_request_after_a_quiet_time_runs_again()
    {
        var runs = 0;
        using var throttle = new Throttle(TimeSpan.FromMilliseconds(10), () => { Interlocked.Increment(ref runs); return Task.CompletedTask; });

        for (var i = 1; i <= 20; i++)
        {
            throttle.Request();
            await Until(() => Volatile.Read(ref runs) >= i);
        }
    }

    [Fact]
    public async Task Runs_never_overlap()
    {
        var inside = 0;
        var most = 0;
        var runs = 0;
        using var throttle = new Throttle(TimeSpan.FromMilliseconds(1), async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Delay(5);
            Interlocked.Decrement(ref inside);
            Interlocked.Increment(ref runs);
        });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                throttle.Request();
                await Task.Delay(2);
            }
        })));
        await Until(() => Volatile.Read(ref runs) > 5);

        Assert.Equal(1, most);
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(5, limit.Token);
    }
}
