using System.Threading.Tasks.Sources;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>
/// The way back to a caller that awaits a value task: into a turn of the grain that it is, or to the pool if it is none.
/// Belongs to a call object and serves again with it, so that going back needs no object.
/// </summary>
internal sealed class Resumption : IThreadPoolWorkItem
{
    /// <summary>Sends the caller on its way, on the thread that has completed the call.</summary>
    public static readonly Action<object?> Schedule = static state => ((Resumption)state!).Send();

    private Action<object?>? _continuation;
    private object? _state;
    private TurnScheduler? _turns;

    /// <summary>Keeps what is to go on; false if it is to go on in a context that is neither a grain's nor the pool.</summary>
    public bool TrySet(Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags)
    {
        TurnScheduler? turns = null;
        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0)
        {
            if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
            {
                return false;
            }

            var scheduler = TaskScheduler.Current;
            turns = scheduler as TurnScheduler;
            if (turns is null && scheduler != TaskScheduler.Default) return false;
        }

        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0
            && ExecutionContext.Capture() is { } flow)
        {
            (continuation, state) = (Flow, (flow, continuation, state));
        }

        _continuation = continuation;
        _state = state;
        _turns = turns;
        return true;
    }

    /// <summary>Lets the caller go on.</summary>
    public void Run()
    {
        var (continuation, state) = (_continuation!, _state);

        // What goes on may take the result, after which this object serves another call.
        (_continuation, _state, _turns) = (null, null, null);
        continuation(state);
    }

    void IThreadPoolWorkItem.Execute() => Run();

    private static void Flow(object? state)
    {
        var (flow, continuation, inner) = ((ExecutionContext, Action<object?>, object?))state!;
        ExecutionContext.Run(flow, new ContextCallback(continuation), inner);
    }

    private void Send()
    {
        if (_turns is { } turns) turns.Enqueue(this);
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }
}
