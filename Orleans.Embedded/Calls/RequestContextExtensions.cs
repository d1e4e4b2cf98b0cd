namespace Orleans.Runtime;

/// <summary>Carrying the request context over other ways than calls, such as stream batches.</summary>
public static class RequestContextExtensions
{
    /// <summary>Sets the values for the calls from here on; null for none.</summary>
    public static void Import(Dictionary<string, object>? contextData) =>
        RequestContext.Current = contextData is { Count: > 0 }
            ? new RequestContext.ContextValues(new Dictionary<string, object>(contextData), Guid.Empty)
            : null;

    /// <summary>A copy of the values, null if there are none.</summary>
    internal static Dictionary<string, object>? Export() =>
        RequestContext.Current?.Values is { } values ? new Dictionary<string, object>(values) : null;
}
