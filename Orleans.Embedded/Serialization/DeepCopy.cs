namespace Orleans.Serialization;

/// <summary>
/// Copies what is passed in calls as deep as it can change, so that caller and grain share nothing. A value that can
/// not change is passed as it is.
/// </summary>
internal static class DeepCopy<T>
{
    /// <summary>The copy.</summary>
    /// <exception cref="NotSupportedException">A value in it has a type that can not be copied.</exception>
    public static T Of(T value) => CopierOf<T, CallRules>.Instance is { } copier ? CopyContext.Run(copier, value) : value;
}

/// <summary>Copies grain state for stores in memory: of types without attributes all fields are copied.</summary>
internal static class StateCopy<T>
{
    /// <summary>The copy.</summary>
    public static T Of(T value) => CopierOf<T, StateRules>.Instance is { } copier ? CopyContext.Run(copier, value) : value;
}

/// <summary>What is done with classes that say nothing about being copied.</summary>
internal interface ICopyRules
{
    /// <summary>True if all their fields are copied; false if they can not be copied.</summary>
    static abstract bool CopiesUnmarkedTypes { get; }
}

/// <summary>The rules for calls: what travels has to say so, as it has to in Orleans.</summary>
internal readonly struct CallRules : ICopyRules
{
    public static bool CopiesUnmarkedTypes => false;
}

/// <summary>The rules for grain state, which stores take in any form.</summary>
internal readonly struct StateRules : ICopyRules
{
    public static bool CopiesUnmarkedTypes => true;
}
