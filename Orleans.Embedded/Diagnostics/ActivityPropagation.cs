using System.Diagnostics;
using Orleans.Runtime;

namespace Orleans.Diagnostics;

/// <summary>
/// Traces calls: an activity round each at its caller, and one round it in the grain that is a child of the first. The
/// trace goes along in the request context, as HTTP carries it in headers. Names and tags are those of Orleans, which
/// follow https://opentelemetry.io/docs/specs/semconv/rpc/.
/// </summary>
internal static class ActivityPropagation
{
    public static async Task InvokeAsync(IGrainCallContext context, Activity activity)
    {
        activity.SetTag("rpc.system.name", "orleans");
        activity.SetTag("orleans.rpc.service", context.InterfaceName);
        activity.SetTag("rpc.method", $"{context.InterfaceName}/{context.MethodName}");
        if (activity.IsAllDataRequested)
        {
            activity.SetTag("orleans.rpc.target_id", context.TargetId.ToString());
            if (context.SourceId is { } source) activity.SetTag("orleans.rpc.source_id", source.ToString());
        }

        try
        {
            await context.Invoke();
        }
        catch (Exception exception)
        {
            activity.SetStatus(ActivityStatusCode.Error);
            activity.SetTag("exception.type", exception.GetType().FullName);
            activity.SetTag("exception.message", exception.Message);
            activity.SetTag("exception.stacktrace", exception.ToString());
            activity.SetTag("exception.escaped", true);
            throw;
        }
        finally
        {
            activity.Stop();
        }
    }
}

/// <summary>The caller's side.</summary>
internal sealed class OutgoingActivityFilter(DistributedContextPropagator propagator) : IOutgoingGrainCallFilter
{
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        var activity = ActivitySources.Of(context).StartActivity(context.Request.GetActivityName(), ActivityKind.Client);
        if (activity is null) return context.Invoke();
        propagator.Inject(activity, null, static (_, key, value) => RequestContext.Set(key, value));
        return ActivityPropagation.InvokeAsync(context, activity);
    }
}

/// <summary>The grain's side.</summary>
internal sealed class IncomingActivityFilter(DistributedContextPropagator propagator) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (Create(context) is not { } activity) return context.Invoke();
        activity.Start();
        return ActivityPropagation.InvokeAsync(context, activity);
    }

    private Activity? Create(IIncomingGrainCallContext context)
    {
        var source = ActivitySources.Of(context);
        var name = context.Request.GetActivityName();
        propagator.ExtractTraceIdAndState(null, Read, out var parent, out var state);
        if (string.IsNullOrEmpty(parent)) return source.CreateActivity(name, ActivityKind.Server);

        var activity = ActivityContext.TryParse(parent, state, isRemote: true, out var parsed)
            ? source.CreateActivity(name, ActivityKind.Server, parsed)
            : source.CreateActivity(name, ActivityKind.Server, parent);
        if (activity is null) return null;
        if (!string.IsNullOrEmpty(state)) activity.TraceStateString = state;
        foreach (var (key, value) in propagator.ExtractBaggage(null, Read) ?? []) activity.AddBaggage(key, value);
        return activity;
    }

    private static void Read(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        value = RequestContext.Get(name) as string;
        values = null;
    }
}
