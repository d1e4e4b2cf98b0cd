using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Timers;

public sealed class TimerTests
{
    [Fact]
    public async Task Ticks_are_turns_that_come_again_after_the_one_before_has_ended()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<ITicking>("x");

        await grain.Start(interleave: false, TimeSpan.FromMilliseconds(5));

        await Eventually.IsTrueAsync(async () => await grain.Ticks() >= 3, "three ticks");
        Assert.True(await grain.TickedInTurns());
        Assert.Equal(1, await grain.MostTicksAtOnce());
    }

    [Fact]
    public async Task A_tick_waits_for_the_running_request_unless_it_interleaves()
    {
        await using var silo = await TestSilo.StartAsync();
        var patient = silo.Client.GetGrain<ITicking>("patient");
        var eager = silo.Client.GetGrain<ITicking>("eager");
        await patient.Start(interleave: false, TimeSpan.FromMilliseconds(5));
        await eager.Start(interleave: true, TimeSpan.FromMilliseconds(5));

        Assert.Equal(0, await patient.TicksDuring(TimeSpan.FromMilliseconds(200)));
        Assert.NotEqual(0, await eager.TicksDuring(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task A_timer_goes_on_after_a_failed_tick_and_ends_when_disposed_of()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<ITicking>("fails");
        await grain.Start(interleave: false, TimeSpan.FromMilliseconds(5));
        await Eventually.IsTrueAsync(async () => await grain.Ticks() >= 3, "three ticks though each fails");

        await grain.Stop();
        var ticks = await grain.Ticks();
        await Task.Delay(100, TestContext.Current.CancellationToken);

        Assert.Equal(ticks, await grain.Ticks());
        Assert.True(await grain.WasCancelled());
    }

    [Fact]
    public async Task A_timer_can_be_changed_to_tick_once_more()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<ITicking>("x");
        await grain.Start(interleave: false, Timeout.InfiniteTimeSpan);

        await grain.Change(TimeSpan.FromMilliseconds(5), Timeout.InfiniteTimeSpan);

        await Eventually.IsTrueAsync(async () => await grain.Ticks() == 1, "one tick");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(1, await grain.Ticks());
    }

    [Fact]
    public async Task A_timer_ends_with_its_activation()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddRecorder());
        var grain = silo.Client.GetGrain<ITicking>("x");
        await grain.Start(interleave: false, TimeSpan.FromMilliseconds(5));

        await grain.End();

        Assert.Equal(0, await grain.Ticks());
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(0, await grain.Ticks());
    }

    [Fact]
    public async Task A_tick_keeps_its_activation_from_being_collected_only_if_it_is_to()
    {
        await using var silo = await TestSilo.StartAsync();
        var plain = silo.Client.GetGrain<ITicking>("plain");
        var keeping = silo.Client.GetGrain<ITicking>("keeping");
        var management = silo.Client.GetGrain<IManagementGrain>(0);
        await plain.Start(interleave: false, TimeSpan.FromMilliseconds(20));
        await keeping.Start(interleave: false, TimeSpan.FromMilliseconds(20), keepAlive: true);

        // Longer than the longest pause of a slow machine between two ticks should be.
        var age = TimeSpan.FromSeconds(3);
        await Eventually.IsTrueAsync(
            async () =>
            {
                await management.ForceActivationCollection(age);
                return await management.GetActivationAddress(plain) is null;
            },
            "the plain grain is collected");

        Assert.NotNull(await management.GetActivationAddress(keeping));
    }

    [Fact]
    public async Task A_timer_can_not_be_made_outside_the_turns_of_its_grain()
    {
        await using var silo = await TestSilo.StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => silo.Client.GetGrain<ITicking>("x").StartOutside());
    }
}

internal interface ITicking : IGrainWithStringKey
{
    Task Start(bool interleave, TimeSpan period, bool keepAlive = false);

    Task StartOutside();

    Task Stop();

    Task End();

    Task Change(TimeSpan dueTime, TimeSpan period);

    Task<int> Ticks();

    Task<int> TicksDuring(TimeSpan time);

    Task<bool> TickedInTurns();

    Task<int> MostTicksAtOnce();

    Task<bool> WasCancelled();
}

internal sealed class TickingGrain : Grain, ITicking
{
    private IGrainTimer? _timer;
    private TaskScheduler? _scheduler;
    private CancellationToken _token;
    private int _ticks;
    private int _atOnce;
    private int _mostAtOnce;
    private bool _inTurns = true;

    public Task Start(bool interleave, TimeSpan period, bool keepAlive)
    {
        _scheduler = TaskScheduler.Current;
        _timer = this.RegisterGrainTimer(TickAsync, this, new GrainTimerCreationOptions(period, period)
        {
            Interleave = interleave, KeepAlive = keepAlive,
        });
        return Task.CompletedTask;
    }

    public async Task StartOutside() =>
        await Task.Run(() => this.RegisterGrainTimer(() => Task.CompletedTask, TimeSpan.Zero, TimeSpan.FromSeconds(1)));

    public Task Stop()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Change(TimeSpan dueTime, TimeSpan period)
    {
        _timer!.Change(dueTime, period);
        return Task.CompletedTask;
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);

    public async Task<int> TicksDuring(TimeSpan time)
    {
        var before = _ticks;
        await Task.Delay(time);
        return _ticks - before;
    }

    public Task<bool> TickedInTurns() => Task.FromResult(_inTurns);

    public Task<int> MostTicksAtOnce() => Task.FromResult(_mostAtOnce);

    public Task<bool> WasCancelled() => Task.FromResult(_token.IsCancellationRequested);

    private static async Task TickAsync(TickingGrain self, CancellationToken cancellationToken)
    {
        self._token = cancellationToken;
        self._inTurns &= TaskScheduler.Current == self._scheduler;
        self._mostAtOnce = Math.Max(self._mostAtOnce, ++self._atOnce);
        await Task.Delay(2, CancellationToken.None);
        self._atOnce--;
        self._ticks++;
        if (self.GetPrimaryKeyString() == "fails") throw new InvalidOperationException("a tick fails");
    }
}
