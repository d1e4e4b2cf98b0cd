using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>A call of a method that returns nothing: nobody waits for it, so an error is only logged.</summary>
internal abstract class VoidCall : GrainCall
{
    public abstract void Invoke(object instance);

    public override void SetException(Exception exception)
    {
    }

    public override void Run(CallTarget target, object instance)
    {
        Exception? error = null;
        try
        {
            Invoke(instance);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        TryEnd();
        target.OnFinished(this, error);
    }

    public override void End(CallTarget target, Response response)
    {
        TryEnd();
        target.OnFinished(this, response.Exception);
    }

    public override ValueTask<Response> InvokeAsync(object instance)
    {
        try
        {
            Invoke(instance);
            return new ValueTask<Response>(Response.Completed);
        }
        catch (Exception exception)
        {
            return new ValueTask<Response>(Response.FromException(exception));
        }
    }
}
