using Microsoft.Extensions.Options;

namespace Weir.Database.Sinks;

/// <summary>
/// Keeps the sinks of a process from a database that is away: after a failure all wait, with pauses that double and
/// have jitter; then one tries, and where it succeeds all go on. May be used from any thread.
/// </summary>
public sealed class CircuitBreaker(IOptions<SinkOptions> options, TimeProvider time)
{
    private readonly Lock gate = new();
    private int failures;
    private bool isTried;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset since;
    private string? fault;

    /// <summary>Since when the database is away, and why; null while it is there.</summary>
    public (DateTimeOffset Since, string Fault)? Open
    {
        get { lock (gate) return fault is null ? null : (since, fault); }
    }

    /// <summary>When the database is tried again, while it is away.</summary>
    internal DateTimeOffset NextTry { get; private set; }

    /// <summary>Ends when the caller may go to the database. It must say how that went.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            TimeSpan pause;
            lock (gate)
            {
                if (fault is null) return;
                pause = NextTry - time.GetUtcNow();
                if (pause <= TimeSpan.Zero && !isTried)
                {
                    isTried = true;
                    return;
                }
                change = changed.Task;
            }
            // The one that tries may be stopped before it says how it went, so the others look again by themselves.
            var wait = pause > TimeSpan.Zero ? pause : options.Value.LongestPause;
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var isOver = await Task.WhenAny(change, Task.Delay(wait, time, waiting.Token)) != change && pause <= TimeSpan.Zero;
            await waiting.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (isOver) lock (gate) isTried = false;
        }
    }

    /// <summary>The database did what it was asked.</summary>
    public void Succeeded()
    {
        lock (gate)
        {
            if (fault is null) return;
            failures = 0;
            fault = null;
            Change();
        }
    }

    /// <summary>The database is away.</summary>
    public void Failed(Exception exception)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (fault is null) since = now;
            fault = exception.Message;
            var longest = Math.Min(options.Value.LongestPause.Ticks, options.Value.FirstPause.Ticks * Math.Pow(2, Math.Min(failures, 30)));
            // Between half of it and all of it, so that silos that failed together do not come back together.
            NextTry = now + TimeSpan.FromTicks((long)(longest * (0.5 + Random.Shared.NextDouble() / 2)));
            failures++;
            Change();
        }
    }

    private void Change()
    {
        isTried = false;
        changed.SetResult();
        changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
