using System.Threading.Tasks.Sources;

namespace Weir.Pravega.Writing;

/// <summary>Hears what became of a unit: called once, with the writer's lock held, so it must be quick and call nobody back.</summary>
internal interface IAppendCompletion
{
    void Stored(in AppendResult result);

    void Failed(Exception cause);
}

/// <summary>Where a unit came to lie.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Offset">Its first byte, -1 where nobody can say: it was found stored after a lost connection, or acknowledged together with others.</param>
/// <param name="Bytes">Its bytes, with the events' headers.</param>
internal readonly record struct AppendResult(StreamSegment Segment, long Offset, int Bytes);

/// <summary>The waiting for one unit, used again and again so that nothing is allocated for an event.</summary>
internal sealed class AppendCompletion(AppendCompletionPool pool) : IAppendCompletion, IValueTaskSource<AppendResult>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<AppendResult> core = new() { RunContinuationsAsynchronously = true };

    public ValueTask<AppendResult> ResultTask => new(this, core.Version);

    public ValueTask Task => new(this, core.Version);

    public void Stored(in AppendResult result) => core.SetResult(result);

    public void Failed(Exception cause) => core.SetException(cause);

    public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public AppendResult GetResult(short token)
    {
        try
        {
            return core.GetResult(token);
        }
        finally
        {
            core.Reset();
            pool.Return(this);
        }
    }
}

/// <summary>Completions that nobody waits on.</summary>
internal sealed class AppendCompletionPool
{
    private const int Most = 65_536;
    private readonly Stack<AppendCompletion> free = new();
    private readonly Lock gate = new();

    public AppendCompletion Take()
    {
        lock (gate)
        {
            if (free.TryPop(out var completion)) return completion;
        }
        return new AppendCompletion(this);
    }

    public void Return(AppendCompletion completion)
    {
        lock (gate)
        {
            if (free.Count < Most) free.Push(completion);
        }
    }
}

/// <summary>
/// Waits until all that was given to a writer before it is stored, in however many segments that lies by then.
/// </summary>
internal sealed class FlushMarker : IAppendCompletion
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int pending;
    private Exception? failure;

    public Task Task => done.Task;

    /// <summary>One more segment to wait for. With the writer's lock held, as all of this.</summary>
    public void Await() => pending++;

    public void Stored(in AppendResult result) => Arrived();

    public void Failed(Exception cause)
    {
        failure ??= cause;
        Arrived();
    }

    public void Arrived()
    {
        if (--pending > 0) return;
        if (failure is null) done.TrySetResult();
        else done.TrySetException(failure);
    }
}
