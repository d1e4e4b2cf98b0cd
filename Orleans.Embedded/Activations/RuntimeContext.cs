namespace Orleans.Runtime;

/// <summary>The activation whose turn runs on this thread.</summary>
internal static class RuntimeContext
{
    [ThreadStatic]
    private static IGrainContext? t_current;

    public static IGrainContext? Current
    {
        get => t_current;
        set => t_current = value;
    }

    public static IGrainContext CurrentOrThrow() => t_current ?? throw new InvalidOperationException(
        "A grain object can only be made by the runtime, which activates the grain at its first call: "
        + "get a reference from IGrainFactory and call it.");
}
