using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of an activation, whose ticks are turns of it. It ends with the activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Changes when the timer ticks next and how often afterwards.</summary>
    /// <param name="dueTime">From now to the next tick; <see cref="Timeout.InfiniteTimeSpan"/> for never.</param>
    /// <param name="period">
    /// From the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for only one tick.
    /// </param>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a timer ticks.</summary>
public readonly struct GrainTimerCreationOptions
{
    /// <summary>For use with an object initialiser.</summary>
    public GrainTimerCreationOptions()
    {
    }

    /// <summary>A timer that first ticks after <paramref name="dueTime"/> and then every <paramref name="period"/>.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>From now to the first tick; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>From the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for only one tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>True if ticks may run between the turns of requests; false if they wait like requests.</summary>
    public bool Interleave { get; init; }

    /// <summary>True if ticks keep the activation from being collected as idle.</summary>
    public bool KeepAlive { get; init; }
}
