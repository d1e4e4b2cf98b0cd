using System.Diagnostics;

namespace Orleans.Diagnostics;

/// <summary>The names of the activity sources, to be listened to.</summary>
public static class ActivitySources
{
    /// <summary>The source of calls of the application's grains.</summary>
    public const string ApplicationGrainActivitySourceName = "Microsoft.Orleans.Application";

    /// <summary>The source of calls that the runtime makes itself.</summary>
    public const string RuntimeActivitySourceName = "Microsoft.Orleans.Runtime";

    /// <summary>Matches all sources.</summary>
    public const string AllActivitySourceName = "Microsoft.Orleans.*";

    internal static readonly ActivitySource Application = new(ApplicationGrainActivitySourceName);
    internal static readonly ActivitySource Runtime = new(RuntimeActivitySourceName);

    /// <summary>The source of a call, by its interface.</summary>
    internal static ActivitySource Of(IGrainCallContext context) =>
        context.Request.GetInterfaceType() is { Namespace: { } space } type
        && type != typeof(Runtime.IAsyncEnumerableGrainExtension)
        && space.StartsWith(nameof(Orleans), StringComparison.Ordinal)
            ? Runtime
            : Application;
}
