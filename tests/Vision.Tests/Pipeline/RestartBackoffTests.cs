using Weir.Vision.Pipeline;

namespace Weir.Vision.Tests.Pipeline;

public sealed class RestartBackoffTests
{
    [Fact]
    public void Waits_double_up_to_the_longest_and_begin_anew()
    {
        var backoff = new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

        foreach (var seconds in (double[])[1, 2, 4, 8, 16, 30, 30, 30])
            Assert.InRange(backoff.Next().TotalSeconds, seconds * 0.8, seconds * 1.2);

        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.8, 1.2);
    }

    [Fact]
    public void Cameras_do_not_come_back_in_step()
    {
        var waits = Enumerable.Range(0, 20).Select(_ => new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)).Next());

        Assert.True(waits.Distinct().Count() > 15);
    }
}
