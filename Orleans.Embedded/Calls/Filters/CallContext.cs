using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>The way of one call through filters: each <see cref="Invoke"/> is the next step of it.</summary>
internal abstract class CallContext(GrainCall call) : IGrainCallContext
{
    private int _step;

    public IInvokable Request => call;

    public abstract object Grain { get; }

    public GrainId? SourceId => call.Source?.GrainId;

    public abstract GrainId TargetId { get; }

    public GrainInterfaceType InterfaceType => call.Reference?.InterfaceType ?? default;

    public string InterfaceName => call.GetInterfaceName();

    public string MethodName => call.GetMethodName();

    public MethodInfo InterfaceMethod => call.GetMethod();

    public abstract object? Result { get; set; }

    public Response? Response { get; set; }

    protected GrainCall Call => call;

    public async Task Invoke()
    {
        var step = _step++;
        try
        {
            var filter = await InvokeAsync(step);
            if (Response is null)
            {
                throw new InvalidOperationException(
                    $"{call.Description}: the filter {filter} has neither gone on by IGrainCallContext.Invoke nor set a result");
            }
        }
        finally
        {
            // A filter may go on again, for instance to try a failed call once more.
            _step = step;
        }
    }

    /// <summary>Runs a filter, or the method itself; gives the name of what ran.</summary>
    protected abstract Task<string> InvokeAsync(int step);
}
