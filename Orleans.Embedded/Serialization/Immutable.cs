namespace Orleans.Concurrency;

/// <summary>A value that is passed by reference instead of copied: neither side may change it any more.</summary>
[Immutable]
public readonly struct Immutable<T>
{
    /// <summary>The value.</summary>
    public readonly T Value;

    /// <summary>Wraps a value.</summary>
    public Immutable(T value) => Value = value;
}

/// <summary>Wrapping values as immutable.</summary>
public static class ImmutableExtensions
{
    /// <summary>Wraps a value.</summary>
    public static Immutable<T> AsImmutable<T>(this T value) => new(value);
}
