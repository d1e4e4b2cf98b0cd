using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Activations;

public sealed class InterleavingTests
{
    [Fact]
    public async Task Requests_of_one_grain_run_one_after_the_other()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IOrderly>("x");

        await Task.WhenAll(Enumerable.Range(0, 200).Select(grain.Add));

        // In any order: Orleans promises none among calls that their caller has not awaited.
        Assert.Equal(Enumerable.Range(0, 200), (await grain.Added()).Order());
        Assert.Equal(1, await grain.MostAtOnce());
    }

    [Fact]
    public async Task What_a_grain_awaits_goes_on_in_a_turn_of_it()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.True(await silo.Client.GetGrain<IOrderly>("x").StaysInItsTurns());
    }

    [Fact]
    public async Task Requests_of_a_reentrant_grain_interleave_but_their_turns_do_not_overlap()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IOpenGate>("x");

        var waiting = Enumerable.Range(0, 5).Select(_ => grain.WaitUntilOpen()).ToArray();
        await grain.Open();

        await Task.WhenAll(waiting);
        Assert.Equal(1, await grain.MostTurnsAtOnce());
    }

    [Fact]
    public async Task An_always_interleaved_method_runs_while_another_waits()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IGate>("x");

        var waiting = grain.WaitUntilOpen();
        var behind = grain.Ping();
        await grain.Open();

        await waiting;
        await behind;
    }

    [Fact]
    public async Task Read_only_methods_run_together_and_a_writer_waits_for_them()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IGate>("x");

        var readers = Enumerable.Range(0, 3).Select(_ => grain.ReadUntilOpen()).ToArray();
        await Eventually.IsTrueAsync(async () => await grain.Readers() == 3, "three readers run at once");
        var writer = grain.Ping();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(writer.IsCompleted);

        await grain.Open();
        await Task.WhenAll(readers);
        await writer;
    }

    [Fact]
    public async Task A_call_that_comes_back_waits_unless_the_chain_is_allowed_in()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(1)));
        var grain = silo.Client.GetGrain<IChained>("a");

        Assert.Equal("b back a", await grain.CallAndBeCalledBack("b", allow: true));
        await Assert.ThrowsAsync<TimeoutException>(() => grain.CallAndBeCalledBack("c", allow: false));
    }

    [Fact]
    public async Task A_stateless_worker_has_as_many_activations_as_calls_up_to_its_limit()
    {
        await using var silo = await TestSilo.StartAsync();
        var worker = silo.Client.GetGrain<IWorker>(0);

        var calls = Enumerable.Range(0, 6).Select(_ => worker.Work(TimeSpan.FromMilliseconds(200))).ToArray();
        await Task.WhenAll(calls);

        Assert.Equal(3, calls.Select(call => call.Result).Distinct().Count());
    }
}

internal interface IOrderly : IGrainWithStringKey
{
    Task Add(int number);

    Task<int[]> Added();

    Task<int> MostAtOnce();

    Task<bool> StaysInItsTurns();
}

internal sealed class OrderlyGrain : Grain, IOrderly
{
    private readonly List<int> _added = [];
    private int _atOnce;
    private int _mostAtOnce;

    public async Task Add(int number)
    {
        _mostAtOnce = Math.Max(_mostAtOnce, ++_atOnce);
        await Task.Yield();
        _added.Add(number);
        _atOnce--;
    }

    public Task<int[]> Added() => Task.FromResult(_added.ToArray());

    public Task<int> MostAtOnce() => Task.FromResult(_mostAtOnce);

    public async Task<bool> StaysInItsTurns()
    {
        var scheduler = TaskScheduler.Current;
        await Task.Delay(1);
        var afterDelay = TaskScheduler.Current;
        var inTask = await Task.Factory.StartNew(() => TaskScheduler.Current);
        var outside = await Task.Run(() => TaskScheduler.Current);
        return scheduler != TaskScheduler.Default && afterDelay == scheduler && inTask == scheduler
            && outside == TaskScheduler.Default;
    }
}

internal interface IOpenGate : IGrainWithStringKey
{
    Task WaitUntilOpen();

    Task Open();

    Task<int> MostTurnsAtOnce();
}

[Reentrant]
internal sealed class OpenGateGrain : Grain, IOpenGate
{
    private readonly TaskCompletionSource _open = new();
    private int _turns;
    private int _mostTurns;

    public async Task WaitUntilOpen()
    {
        Turn();
        await _open.Task;
        Turn();
    }

    public Task Open()
    {
        _open.SetResult();
        return Task.CompletedTask;
    }

    public Task<int> MostTurnsAtOnce() => Task.FromResult(_mostTurns);

    private void Turn()
    {
        _mostTurns = Math.Max(_mostTurns, Interlocked.Increment(ref _turns));
        Thread.Sleep(5);
        Interlocked.Decrement(ref _turns);
    }
}

internal interface IGate : IGrainWithStringKey
{
    Task WaitUntilOpen();

    Task Ping();

    [ReadOnly]
    Task ReadUntilOpen();

    [AlwaysInterleave]
    Task Open();

    [AlwaysInterleave]
    Task<int> Readers();
}

internal sealed class GateGrain : Grain, IGate
{
    private readonly TaskCompletionSource _open = new();
    private int _readers;

    public Task WaitUntilOpen() => _open.Task;

    public Task Ping() => Task.CompletedTask;

    public async Task ReadUntilOpen()
    {
        _readers++;
        await _open.Task;
        _readers--;
    }

    public Task Open()
    {
        _open.TrySetResult();
        return Task.CompletedTask;
    }

    public Task<int> Readers() => Task.FromResult(_readers);
}

internal interface IChained : IGrainWithStringKey
{
    Task<string> CallAndBeCalledBack(string other, bool allow);

    Task<string> CallBack(string caller);

    Task<string> Name();
}

internal sealed class ChainedGrain : Grain, IChained
{
    public async Task<string> CallAndBeCalledBack(string other, bool allow)
    {
        var me = this.GetPrimaryKeyString();
        if (!allow) return await GrainFactory.GetGrain<IChained>(other).CallBack(me);
        using (RequestContext.AllowCallChainReentrancy())
        {
            return await GrainFactory.GetGrain<IChained>(other).CallBack(me);
        }
    }

    public async Task<string> CallBack(string caller) =>
        $"{this.GetPrimaryKeyString()} back {await GrainFactory.GetGrain<IChained>(caller).Name()}";

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());
}

internal interface IWorker : IGrainWithIntegerKey
{
    Task<Guid> Work(TimeSpan time);
}

[StatelessWorker(3)]
internal sealed class WorkerGrain : Grain, IWorker
{
    private readonly Guid _id = Guid.NewGuid();

    public async Task<Guid> Work(TimeSpan time)
    {
        await Task.Delay(time);
        return _id;
    }
}
