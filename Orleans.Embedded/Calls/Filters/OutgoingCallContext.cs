using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>A call on its way out of where it was made.</summary>
internal sealed class OutgoingCallContext<T>(
    GrainReference reference, GrainCall call, IOutgoingGrainCallFilter[] filters, Func<ValueTask<T>> send)
    : CallContext(call), IOutgoingGrainCallContext
{
    public override object Grain => reference;

    public override GrainId TargetId => reference.GrainId;

    public IGrainContext? SourceContext => Call.Source;

    public override object? Result
    {
        get => Response is { } response ? response.GetResult<T>() : null;
        set => Response = Response.FromResult((T?)value);
    }

    /// <summary>Runs the filters and sends the call.</summary>
    public async Task<T> RunAsync()
    {
        Call.Reference = reference;
        Call.Source = RuntimeContext.Current as Activation;
        await Invoke();
        return Response!.GetResult<T>()!;
    }

    protected override async Task<string> InvokeAsync(int step)
    {
        if (step < filters.Length)
        {
            await filters[step].Invoke(this);
            return filters[step].GetType().Name;
        }

        var result = await send();
        Response = typeof(T) == typeof(Nothing) ? Response.Completed : Response.FromResult(result);
        return nameof(GrainReference);
    }
}
