namespace Orleans.Runtime;

/// <summary>
/// A coarse clock: reading it costs nothing, so every call can. It ticks often enough for the shortest time-out.
/// </summary>
internal sealed class SiloClock : IDisposable
{
    private const int TicksPerTimeout = 8;
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_greatest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_never = TimeSpan.FromDays(short.MaxValue);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private TimeSpan _period;
    private long _now;
    private int _isTicking;

    public SiloClock(TimeProvider time, TimeSpan shortestTimeout)
    {
        _time = time;
        _start = time.GetTimestamp();
        _period = PeriodFor(shortestTimeout);
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static clock => ((SiloClock)clock!).Tick(), this, _period, _period);
        }
    }

    public event Action? Ticked;

    public long Now => Volatile.Read(ref _now);

    /// <summary>After how many milliseconds by this clock that much has passed for certain; the greatest number for never.</summary>
    public long WaitFor(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan || timeout > s_never) return long.MaxValue;
        if (timeout < _period * TicksPerTimeout && _period > s_least) TickFor(timeout);

        // The clock may be a tick behind.
        return (long)(timeout + _period).TotalMilliseconds;
    }

    public void Dispose() => _timer.Dispose();

    private static TimeSpan PeriodFor(TimeSpan timeout)
    {
        var period = timeout / TicksPerTimeout;
        return period < s_least ? s_least : period > s_greatest ? s_greatest : period;
    }

    private void TickFor(TimeSpan timeout)
    {
        lock (_gate)
        {
            var period = PeriodFor(timeout);
            if (period >= _period) return;
            _period = period;
            _timer.Change(period, period);
        }

        Read();
    }

    private void Tick()
    {
        Read();

        // A tick may come while the last one is being heard: one at a time is enough.
        if (Interlocked.Exchange(ref _isTicking, 1) != 0) return;
        try
        {
            Ticked?.Invoke();
        }
        finally
        {
            Volatile.Write(ref _isTicking, 0);
        }
    }

    private void Read() => Volatile.Write(ref _now, (long)_time.GetElapsedTime(_start).TotalMilliseconds);
}
