using System.Threading.Tasks.Sources;

namespace Orleans.Calls;

/// <summary>A call whose caller has a value task, of which the call itself is the source.</summary>
internal abstract class CallWithValueTask<T> : ResultCall<T>, IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _caller;
    private Resumption? _resumption;

    public ValueTask<T> CallerValue => new(this, _caller.Version);

    public ValueTask CallerEnd => new(this, _caller.Version);

    protected override bool IsHeldByCaller => true;

    public override void SetException(Exception exception) => _caller.SetException(exception);

    public T GetResult(short token)
    {
        T result;
        try
        {
            result = _caller.GetResult(token);
        }
        catch when (_caller.Version == token && _caller.GetStatus(token) != ValueTaskSourceStatus.Pending)
        {
            Release();
            throw;
        }

        Release();
        return result;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _caller.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // What has a context of its own, such as a page's, is resumed by the core.
        var resumption = _resumption ??= new Resumption();
        if (resumption.TrySet(continuation, state, flags))
        {
            _caller.OnCompleted(Resumption.Schedule, resumption, token, ValueTaskSourceOnCompletedFlags.None);
        }
        else
        {
            _caller.OnCompleted(continuation, state, token, flags);
        }
    }

    protected override void SetResult(T result)
    {
        if (!Description.IsOneWay) _caller.SetResult(result);
    }

    protected override void Clear()
    {
        _caller.Reset();
        base.Clear();
    }

    protected override void ForgetParts()
    {
        _resumption = null;
        base.ForgetParts();
    }
}

/// <summary>A call of a method that returns <see cref="ValueTask{TResult}"/>.</summary>
internal abstract class ValueTaskCall<T> : CallWithValueTask<T>
{
    private ValueTask<T> _running;

    public abstract ValueTask<T> Invoke(object instance);

    protected override bool TryRun(object instance)
    {
#pragma warning disable CA2012 // It is consumed once: when it has ended.
        _running = Invoke(instance);
#pragma warning restore CA2012
        if (_running.IsCompleted) return true;
        _running.GetAwaiter().UnsafeOnCompleted(OnEnded);
        return false;
    }

    protected override Exception? Outcome(out T result)
    {
        try
        {
            result = _running.GetAwaiter().GetResult();
            return null;
        }
        catch (Exception exception)
        {
            result = default!;
            return exception;
        }
    }

    protected override ValueTask<T> RunAsync(object instance) => Invoke(instance);

    protected override void Clear()
    {
        _running = default;
        base.Clear();
    }
}

/// <summary>A call of a method that returns <see cref="ValueTask"/>.</summary>
internal abstract class ValueTaskCall : CallWithValueTask<Nothing>
{
    private ValueTask _running;

    public abstract ValueTask Invoke(object instance);

    protected override bool TryRun(object instance)
    {
#pragma warning disable CA2012 // It is consumed once: when it has ended.
        _running = Invoke(instance);
#pragma warning restore CA2012
        if (_running.IsCompleted) return true;
        _running.GetAwaiter().UnsafeOnCompleted(OnEnded);
        return false;
    }

    protected override Exception? Outcome(out Nothing result)
    {
        result = default;
        try
        {
            _running.GetAwaiter().GetResult();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    protected override async ValueTask<Nothing> RunAsync(object instance)
    {
        await Invoke(instance);
        return default;
    }

    protected override void Clear()
    {
        _running = default;
        base.Clear();
    }
}
