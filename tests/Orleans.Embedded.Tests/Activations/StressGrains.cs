using System.Collections.Concurrent;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Embedded.Tests.Activations;

internal interface IBusy : IGrainWithIntegerKey
{
    /// <summary>Does something that the seed decides - waits, calls on, fails, asks to end - and gives the seed back.</summary>
    Task<int> Work(int seed, int depth);

    /// <summary>Gives the value back at once.</summary>
    ValueTask<int> Echo(int value);

    /// <summary>Gives the value back later than its callers wait.</summary>
    [ResponseTimeout("00:00:00.05")]
    ValueTask<int> Dawdle(int value);

    /// <summary>Waits until its caller has had enough.</summary>
    Task WaitForCancellation(CancellationToken cancellationToken);

    /// <summary>Nobody waits for it, but it has to come.</summary>
    [OneWay]
    Task Note();
}

/// <summary>The same with requests that may interleave.</summary>
internal interface IBusyReentrant : IBusy;

internal sealed class BusyException : Exception;

/// <summary>What the grains of a run have done, and every rule that they have seen broken.</summary>
internal static class StressLedger
{
    public const int Grains = 100_000;

    private static int[] s_alive = new int[Grains];
    private static long s_turns;
    private static long s_notes;

    public static ConcurrentQueue<string> Violations { get; } = new();

    public static long Turns => Interlocked.Read(ref s_turns);

    public static long Notes => Interlocked.Read(ref s_notes);

    public static void Reset()
    {
        s_alive = new int[Grains];
        s_turns = s_notes = 0;
        Violations.Clear();
    }

    public static void Release() => s_alive = [];

    public static void OnTurn() => Interlocked.Increment(ref s_turns);

    public static void OnNote() => Interlocked.Increment(ref s_notes);

    public static void OnAlive(long key, int change)
    {
        if (Interlocked.Add(ref s_alive[key], change) is < 0 or > 1) Violations.Enqueue($"grain {key} lives twice");
    }
}

internal sealed class BusyGrain : BusyGrainBase;

[Reentrant]
internal sealed class BusyReentrantGrain : BusyGrainBase, IBusyReentrant
{
    protected override bool MayInterleave => true;
}

internal abstract class BusyGrainBase : Grain, IBusy
{
    private int _requests;
    private int _turn;

    protected virtual bool MayInterleave => false;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!MayInterleave) StressLedger.OnAlive(this.GetPrimaryKeyLong(), 1);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_requests != 0) StressLedger.Violations.Enqueue($"{this.GetGrainId()} ends while {_requests} requests run");
        if (!MayInterleave) StressLedger.OnAlive(this.GetPrimaryKeyLong(), -1);
        return Task.CompletedTask;
    }

    public async Task<int> Work(int seed, int depth)
    {
        Begin();
        try
        {
            await DoAsync(new Random(seed), depth);
            Turn();
            return seed;
        }
        finally
        {
            _requests--;
        }
    }

    public ValueTask<int> Echo(int value)
    {
        Begin();
        _requests--;
        return new(value);
    }

    public async ValueTask<int> Dawdle(int value)
    {
        Begin();
        await Task.Delay(300);
        Turn();
        _requests--;
        return value;
    }

    public async Task WaitForCancellation(CancellationToken cancellationToken)
    {
        Begin();
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Turn();
            _requests--;
        }
    }

    public Task Note()
    {
        Begin();
        _requests--;
        StressLedger.OnNote();
        return Task.CompletedTask;
    }

    private async Task DoAsync(Random random, int depth)
    {
        switch (random.Next(10))
        {
            case 0:
                await Task.Yield();
                break;
            case 1:
                await Task.Delay(1);
                break;
            case 2 or 3 when depth < 3:
                await CallOnAsync(random, depth);
                break;
            case 4:
                DeactivateOnIdle();
                break;
            case 5:
                this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
                break;
            case 6:
                throw new BusyException();
            case 7:
                await Task.Run(() => Thread.SpinWait(100));
                break;
        }
    }

    /// <summary>Calls a grain of a greater key, so that no two wait for each other.</summary>
    private async Task CallOnAsync(Random random, int depth)
    {
        var key = this.GetPrimaryKeyLong() + 1 + random.Next(100);
        if (key >= StressLedger.Grains) return;
        var seed = random.Next();
        try
        {
            var answer = await GrainFactory.GetGrain<IBusy>(key, typeof(BusyGrain).FullName).Work(seed, depth + 1);
            if (answer != seed) StressLedger.Violations.Enqueue($"grain {key} answered {answer} instead of {seed}");
        }
        catch (BusyException)
        {
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        Begin();
        await Task.Yield();
        Turn();
        _requests--;
    }

    private void Begin()
    {
        if (++_requests != 1 && !MayInterleave)
        {
            StressLedger.Violations.Enqueue($"{this.GetGrainId()} runs {_requests} requests at once");
        }

        Turn();
    }

    /// <summary>A stretch of code during which no other turn of the grain may run.</summary>
    private void Turn()
    {
        if (Interlocked.Exchange(ref _turn, 1) != 0)
        {
            StressLedger.Violations.Enqueue($"two turns of {this.GetGrainId()} overlap");
        }

        Thread.SpinWait(5);
        Volatile.Write(ref _turn, 0);
        StressLedger.OnTurn();
    }
}
