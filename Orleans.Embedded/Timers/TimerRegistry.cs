using Orleans.Runtime;

namespace Orleans.Timers;

/// <inheritdoc cref="ITimerRegistry"/>
internal sealed class TimerRegistry : ITimerRegistry
{
    public IGrainTimer RegisterGrainTimer<TState>(
        IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state,
        GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        ArgumentNullException.ThrowIfNull(callback);
        if (!ReferenceEquals(RuntimeContext.Current, grainContext))
        {
            throw new InvalidOperationException(
                $"a timer of '{grainContext.GrainId}' can only be made in a turn of that grain: "
                + "not in Task.Run and not in another grain");
        }

        return new GrainTimer<TState>((Activation)grainContext, callback, state, options);
    }
}
