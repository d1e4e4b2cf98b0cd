using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>
/// The schedule of one reminder: its first tick, and one each period from there. What was missed while there was no
/// silo, or while a tick ran longer than the period, is not made up for: "if the cluster is down at the time of a tick,
/// that tick is missed, and only the next one happens"
/// (https://learn.microsoft.com/dotnet/orleans/grains/timers-and-reminders).
/// </summary>
internal sealed partial class LocalReminder
{
    // A timer takes no more than 49 days, and the clock may be set meanwhile.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    private readonly ReminderService _service;
    private readonly ReminderEntry _entry;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private DateTime _due;
    private Task _tick = Task.CompletedTask;
    private bool _hasEnded;

    public LocalReminder(ReminderService service, ReminderEntry entry)
    {
        _service = service;
        _entry = entry;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = service.Time.CreateTimer(
                static self => ((LocalReminder)self!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _due = NextAfter(Now);
        lock (_gate) Wait();
    }

    public string? ETag => _entry.ETag;

    private DateTime Now => _service.Time.GetUtcNow().UtcDateTime;

    /// <summary>Ends the schedule; completes when the tick that runs has ended.</summary>
    public Task EndAsync()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _timer.Dispose();
            return _tick;
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_hasEnded) return;
            if (Now < _due) Wait();
            else _tick = TickAsync();
        }
    }

    private async Task TickAsync()
    {
        // Not within the lock.
        await Task.Yield();
        try
        {
            await _service.TickAsync(_entry);
        }
        catch (Exception exception)
        {
            LogFailedTick(_service.Log, exception, _entry.ReminderName, _entry.GrainId);
        }

        lock (_gate)
        {
            if (_hasEnded) return;
            _due = NextAfter(Now);
            Wait();
        }
    }

    private DateTime NextAfter(DateTime now)
    {
        if (now < _entry.StartAt) return _entry.StartAt;
        var periods = (now - _entry.StartAt).Ticks / _entry.Period.Ticks + 1;

        // Beyond the end of time there is no tick.
        var left = (DateTime.MaxValue - _entry.StartAt).Ticks / _entry.Period.Ticks;
        return periods > left ? DateTime.MaxValue : _entry.StartAt + periods * _entry.Period;
    }

    private void Wait()
    {
        var wait = _due - Now;
        if (wait > s_longestWait) wait = s_longestWait;

        // Timers count whole milliseconds and would come that much too early.
        var milliseconds = Math.Max(0, Math.Ceiling(wait.TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Reminder '{Name}' of '{GrainId}' could not be delivered; its next tick comes in its time")]
    private static partial void LogFailedTick(ILogger logger, Exception exception, string name, GrainId grainId);
}
