using System.Runtime.CompilerServices;

namespace Orleans.Calls;

/// <summary>A call whose caller has a task.</summary>
internal abstract class CallWithTask<T> : ResultCall<T>
{
    // The builder's task is the only object the caller needs: no completion source around it.
    private AsyncTaskMethodBuilder<T> _caller = AsyncTaskMethodBuilder<T>.Create();

    public Task<T> CallerTask => _caller.Task;

    public override void SetException(Exception exception) => _caller.SetException(exception);

    protected override void SetResult(T result)
    {
        if (!Description.IsOneWay) _caller.SetResult(result);
    }

    protected override void Clear()
    {
        _caller = AsyncTaskMethodBuilder<T>.Create();
        base.Clear();
    }
}

/// <summary>A call of a method that returns <see cref="Task{TResult}"/>.</summary>
internal abstract class TaskCall<T> : CallWithTask<T>
{
    private Task<T>? _running;

    public abstract Task<T> Invoke(object instance);

    protected override bool TryRun(object instance)
    {
        _running = Invoke(instance);
        if (_running is null || _running.IsCompleted) return true;
        _running.GetAwaiter().UnsafeOnCompleted(OnEnded);
        return false;
    }

    protected override Exception? Outcome(out T result)
    {
        var ended = _running;
        if (ended is { IsCompletedSuccessfully: true })
        {
            result = ended.Result;
            return null;
        }

        result = default!;
        return ended is null ? NullTask() : ErrorOf(ended);
    }

    protected override ValueTask<T> RunAsync(object instance) => new(Invoke(instance) ?? throw NullTask());

    protected override void Clear()
    {
        _running = null;
        base.Clear();
    }
}

/// <summary>A call of a method that returns <see cref="Task"/>.</summary>
internal abstract class TaskCall : CallWithTask<Nothing>
{
    private Task? _running;

    public abstract Task Invoke(object instance);

    protected override bool TryRun(object instance)
    {
        _running = Invoke(instance);
        if (_running is null || _running.IsCompleted) return true;
        _running.GetAwaiter().UnsafeOnCompleted(OnEnded);
        return false;
    }

    protected override Exception? Outcome(out Nothing result)
    {
        result = default;
        if (_running is not { } ended) return NullTask();
        return ended.IsCompletedSuccessfully ? null : ErrorOf(ended);
    }

    protected override async ValueTask<Nothing> RunAsync(object instance)
    {
        await (Invoke(instance) ?? throw NullTask());
        return default;
    }

    protected override void Clear()
    {
        _running = null;
        base.Clear();
    }
}
