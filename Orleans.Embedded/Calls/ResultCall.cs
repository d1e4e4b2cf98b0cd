using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>A call that somebody waits for: it ends with a result or an error.</summary>
internal abstract class ResultCall<T> : GrainCall
{
    private CallTarget? _target;
    private Action? _onEnded;

    /// <summary>Goes on when the method has ended. Made once, so that a call object that serves again need not.</summary>
    protected Action OnEnded => _onEnded ??= EndRun;

    public override void Run(CallTarget target, object instance)
    {
        _target = target;
        try
        {
            if (!TryRun(instance)) return;
        }
        catch (Exception exception)
        {
            End(exception);
            return;
        }

        EndRun();
    }

    public override void End(CallTarget target, Response response)
    {
        _target = target;
        if (response.Exception is { } error)
        {
            End(error);
            return;
        }

        T result;
        try
        {
            result = response.GetResult<T>()!;
        }
        catch (Exception exception)
        {
            End(exception);
            return;
        }

        End(result);
    }

    public sealed override async ValueTask<Response> InvokeAsync(object instance)
    {
        try
        {
            var result = await RunAsync(instance);
            return typeof(T) == typeof(Nothing) ? Response.Completed : Response.FromResult(CopyResult(result));
        }
        catch (Exception exception)
        {
            return Response.FromException(exception);
        }
    }

    /// <summary>Calls the method; true if it has ended, or else <see cref="OnEnded"/> is called when it has.</summary>
    protected abstract bool TryRun(object instance);

    /// <summary>What the method has ended with: a result, unless the error is not null.</summary>
    protected abstract Exception? Outcome(out T result);

    /// <summary>Calls the method for filters, which wait for its result in their own way.</summary>
    protected abstract ValueTask<T> RunAsync(object instance);

    /// <summary>Gives the caller its result, after the call has been completed.</summary>
    protected abstract void SetResult(T result);

    protected override void Clear()
    {
        _target = null;
        base.Clear();
    }

    protected override void ForgetParts() => _onEnded = null;

    private T CopyResult(T result) => Description.CopiesResult ? DeepCopy<T>.Of(result) : result;

    private void EndRun()
    {
        if (Outcome(out var result) is { } error) End(error);
        else End(result);
    }

    private void End(T result)
    {
        var target = _target!;
        if (TryEnd())
        {
            try
            {
                result = CopyResult(result);
            }
            catch (Exception exception)
            {
                SetException(exception);
                target.OnFinished(this, exception);
                return;
            }

            SetResult(result);
        }

        target.OnFinished(this, null);
    }

    private void End(Exception error)
    {
        var target = _target!;
        if (TryEnd() && !Description.IsOneWay) SetException(error);
        target.OnFinished(this, error);
    }
}

/// <summary>The result of methods that have none.</summary>
internal readonly struct Nothing;
