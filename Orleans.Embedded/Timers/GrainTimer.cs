using Microsoft.Extensions.Logging;
using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>A timer of an activation: each tick is sent to the activation like a call.</summary>
internal abstract partial class GrainTimer : IGrainTimer
{
    // The greatest span that timers of the base library take.
    private const uint MaxMilliseconds = 0xfffffffe;

    private readonly Activation _activation;
    private readonly bool _interleave;
    private readonly bool _keepAlive;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _ticking;
    private bool _changed;

    protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _interleave = options.Interleave;
        _keepAlive = options.KeepAlive;
        _dueTime = options.DueTime;
        _period = options.Period;

        // The first tick must not carry what happens to flow in the turn that makes the timer.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = activation.Silo.Time.CreateTimer(
                static timer => ((GrainTimer)timer!).SendTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        activation.AddTimer(this);
        _timer.Change(_dueTime, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            _dueTime = dueTime;
            _period = period;
            _changed = true;
            if (!_ticking) Schedule(dueTime);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _activation.RemoveTimer(this);
        _ended.Cancel();
    }

    /// <summary>Runs one tick. In a turn.</summary>
    public async Task TickAsync()
    {
        if (_ended.IsCancellationRequested) return;
        try
        {
            await InvokeAsync(_ended.Token);
        }
        catch (Exception exception)
        {
            LogFailedTick(_activation.Silo.Log, exception, _activation.GrainId);
        }

        lock (_gate)
        {
            _ticking = false;
            if (!_ended.IsCancellationRequested) Schedule(_changed ? _dueTime : _period);
        }
    }

    protected abstract Task InvokeAsync(CancellationToken cancellationToken);

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        CheckOne(dueTime, nameof(dueTime));
        CheckOne(period, nameof(period));

        static void CheckOne(TimeSpan span, string name)
        {
            var milliseconds = (long)span.TotalMilliseconds;
            if (milliseconds is < -1 or > MaxMilliseconds)
            {
                throw new ArgumentOutOfRangeException(
                    name, span, $"{name} must be from 0 to {MaxMilliseconds} ms, or Timeout.InfiniteTimeSpan for never");
            }
        }
    }

    private void SendTick()
    {
        lock (_gate)
        {
            _ticking = true;
            _changed = false;
        }

        _activation.Receive(new TimerTick(this, _keepAlive)
        {
            Interleaving = _interleave ? Interleaving.Always : Interleaving.Never,
        });
    }

    private void Schedule(TimeSpan dueTime)
    {
        try
        {
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // Ended meanwhile.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A timer of '{GrainId}' failed; it goes on")]
    private static partial void LogFailedTick(ILogger logger, Exception exception, GrainId grainId);
}

/// <summary>A timer with the state for its callback.</summary>
internal sealed class GrainTimer<TState>(
    Activation activation, Func<TState, CancellationToken, Task> callback, TState state,
    GrainTimerCreationOptions options)
    : GrainTimer(activation, options)
{
    protected override Task InvokeAsync(CancellationToken cancellationToken) => callback(state, cancellationToken);
}

/// <summary>One tick, as a call that the runtime makes. Filters see it under the names that Orleans gives it.</summary>
internal sealed class TimerTick(GrainTimer timer, bool keepsAlive) : TaskCall
{
    private static readonly int s_description = CallDescription.Add(
        typeof(IGrainTimerInvoker), typeof(IGrainTimerInvoker).GetMethod(nameof(IGrainTimerInvoker.InvokeCallbackAsync))!);

    /// <summary>True if the tick counts as use of the activation.</summary>
    public bool KeepsAlive { get; } = keepsAlive;

    public override CallDescription Description => CallDescription.Get(s_description);

    public override Task Invoke(object instance) => timer.TickAsync();

    public override void SetException(Exception exception)
    {
    }

    protected override void SetResult(Nothing result)
    {
    }

    private interface IGrainTimerInvoker
    {
        Task InvokeCallbackAsync();
    }
}
