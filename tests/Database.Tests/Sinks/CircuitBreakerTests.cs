using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Weir.Database.Sinks;

namespace Weir.Database.Tests.Sinks;

public sealed class CircuitBreakerTests
{
    private readonly FakeTimeProvider time = new();
    private readonly CircuitBreaker breaker;

    public CircuitBreakerTests() => breaker = new CircuitBreaker(
        Options.Create(new SinkOptions { FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(8) }), time);

    [Fact]
    public async Task While_the_database_is_there_nobody_waits()
    {
        await breaker.EnterAsync(TestContext.Current.CancellationToken);
        await breaker.EnterAsync(TestContext.Current.CancellationToken);
        Assert.Null(breaker.Open);
    }

    [Fact]
    public async Task After_a_failure_one_tries_when_the_pause_is_over_and_the_others_wait_for_how_that_goes()
    {
        breaker.Failed(new InvalidOperationException("gone"));
        Assert.Equal("gone", breaker.Open!.Value.Fault);
        var waiting = Enumerable.Range(0, 5).Select(_ => breaker.EnterAsync(TestContext.Current.CancellationToken)).ToList();
        Assert.All(waiting, wait => Assert.False(wait.IsCompleted));

        time.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAny(waiting);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(1, waiting.Count(wait => wait.IsCompleted));

        breaker.Succeeded();
        await Task.WhenAll(waiting);
        Assert.Null(breaker.Open);
    }

    [Fact]
    public void Pauses_double_up_to_the_longest_and_have_jitter()
    {
        List<TimeSpan> pauses = [];
        for (var failure = 0; failure < 40; failure++)
        {
            breaker.Failed(new InvalidOperationException("gone"));
            pauses.Add(breaker.NextTry - time.GetUtcNow());
        }

        foreach (var (pause, i) in pauses.Select((pause, i) => (pause, i)))
            Assert.InRange(pause.TotalSeconds, Math.Min(8, Math.Pow(2, i)) / 2, Math.Min(8, Math.Pow(2, i)));
        Assert.True(pauses.Distinct().Count() > 20);
    }

    [Fact]
    public async Task One_that_was_to_try_and_never_says_how_it_went_does_not_keep_the_others_for_ever()
    {
        breaker.Failed(new InvalidOperationException("gone"));
        time.Advance(TimeSpan.FromSeconds(1));
        await breaker.EnterAsync(TestContext.Current.CancellationToken);

        var next = breaker.EnterAsync(TestContext.Current.CancellationToken);
        Assert.False(next.IsCompleted);
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(8));
            return next.IsCompleted;
        });
    }
}
