using Weir.Vision.Models;

namespace Weir.Vision.Tests.Models;

public sealed class BatchTuningTests
{
    [Fact]
    public void A_lane_takes_what_waits_but_leaves_to_the_idle_ones_what_they_could_begin_with()
    {
        var tuning = BatchTuning.UpTo(8, 4, "");

        Assert.Equal([1, 3, 8, 8], new[] { 1, 3, 8, 20 }.Select(waiting => tuning.Take(waiting, idle: 0)));
        Assert.Equal([1, 1, 2, 5], new[] { 1, 2, 4, 9 }.Select(waiting => tuning.Take(waiting, idle: 1)));
        Assert.Equal([1, 1, 1, 2], new[] { 1, 2, 4, 5 }.Select(waiting => tuning.Take(waiting, idle: 3)));
    }

    [Fact]
    public void A_run_that_costs_the_same_with_fewer_takes_all_it_can()
    {
        var tuning = BatchTuning.Always(4, 2);

        Assert.Equal([1, 3, 4, 4], new[] { 1, 3, 4, 20 }.Select(waiting => tuning.Take(waiting, idle: 3)));
    }

    [Fact]
    public void A_larger_size_stays_as_long_as_it_gives_a_tenth_more()
    {
        var tuning = BatchTuning.Measured(2);
        Assert.Equal((1, "To be measured when several pictures wait."), (tuning.Choice.Size, tuning.Choice.Reason));

        // Pictures a millisecond: 1, 1.4, 1.6, 1.65.
        Work(tuning, waiting: 8, size => size switch { 1 => 1, 2 => 2 / 1.4, 4 => 4 / 1.6, _ => 8 / 1.65 });

        Assert.Equal((4, "Measured: 4 at a time give 1.60 times the rate of one, 8 give 1.65."), (tuning.Choice.Size, tuning.Choice.Reason));
        Assert.Equal(3200, tuning.Choice.PicturesPerSecond!.Value, 0);
        Assert.Equal([4, 2, 1], new[] { 20, 3, 1 }.Select(waiting => tuning.Take(waiting, idle: 0)));
    }

    [Fact]
    public void One_at_a_time_stays_where_two_give_hardly_more()
    {
        var tuning = BatchTuning.Measured(1);

        Work(tuning, waiting: 8, size => size switch { 1 => 1, 2 => 2 / 1.05, _ => 0.1 });

        Assert.Equal((1, "Measured: 2 at a time give 1.05 times the rate of one."), (tuning.Choice.Size, tuning.Choice.Reason));
        Assert.Equal(1, tuning.Take(20, idle: 0));
    }

    [Fact]
    public void Runs_that_were_held_up_by_other_work_do_not_decide()
    {
        var tuning = BatchTuning.Measured(1);
        var run = 0;

        Work(tuning, waiting: 2, size => (size == 1 ? 1 : 1.2) * (run++ % 4 < 2 ? 1 : 10));

        Assert.Equal(2, tuning.Choice.Size);
    }

    [Fact]
    public void Nothing_is_tried_while_nothing_waits()
    {
        var tuning = BatchTuning.Measured(2);

        Work(tuning, waiting: 1, size => size);

        Assert.Equal((1, "To be measured when several pictures wait.", 2000.0), (tuning.Choice.Size, tuning.Choice.Reason, Math.Round(tuning.Choice.PicturesPerSecond!.Value)));
        Assert.Equal((200L, 200L), (tuning.Choice.Runs, tuning.Choice.Pictures));
    }

    private static void Work(BatchTuning tuning, int waiting, Func<int, double> milliseconds)
    {
        for (var i = 0; i < 200; i++)
        {
            var taken = tuning.Take(waiting, idle: 0);
            tuning.Ran(taken, TimeSpan.FromMilliseconds(milliseconds(taken)));
        }
    }
}
