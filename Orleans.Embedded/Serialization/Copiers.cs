using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>The copier of a static type; null if its values can not change.</summary>
internal static class CopierOf<T, TRules>
    where TRules : ICopyRules
{
    public static readonly Copier<T>? Instance = Copiers<TRules>.Create<T>();

    /// <summary>Copies a part of a greater value. Called by emitted code too.</summary>
    public static T Copy(T value, CopyContext context) => Instance is null ? value : Instance.Copy(value, context);
}

/// <summary>Chooses copiers.</summary>
internal static class Copiers<TRules>
    where TRules : ICopyRules
{
    // Null stands for types that can not change.
    private static readonly ConcurrentDictionary<Type, IObjectCopier?> s_exact = new();

    public static Copier<T>? Create<T>()
    {
        var type = typeof(T);
        if (Immutability.IsImmutable(type)) return null;
        return type.IsSealed || type.IsValueType ? (Copier<T>?)Exact(type) : new PolymorphicCopier<T, TRules>();
    }

    /// <summary>The copier of values of exactly this type; null if they can not change.</summary>
    public static IObjectCopier? Exact(Type type) => s_exact.GetOrAdd(type, static type => CreateExact(type));

    private static IObjectCopier? CreateExact(Type type)
    {
        if (Immutability.IsExactImmutable(type)) return null;
        if (CollectionCopiers.TypeFor<TRules>(type) is { } collection) return Make(collection);
        if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) || IsCopiedUnmarked(type))
        {
            return Make(typeof(FieldCopier<,>).MakeGenericType(type, typeof(TRules)));
        }

        // State may hold anything; what has no state of its own to copy is kept as it is.
        return TRules.CopiesUnmarkedTypes ? null : Make(typeof(RefusingCopier<>).MakeGenericType(type));
    }

    private static bool IsCopiedUnmarked(Type type) =>
        type.IsValueType
            ? type.Assembly == typeof(object).Assembly || TRules.CopiesUnmarkedTypes
            : TRules.CopiesUnmarkedTypes && !typeof(Delegate).IsAssignableFrom(type) && !IsOfFramework(type);

    private static bool IsOfFramework(Type type) =>
        type.Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.", StringComparison.Ordinal));

    private static IObjectCopier Make(Type copier) => (IObjectCopier)Activator.CreateInstance(copier)!;
}

/// <summary>Copies values by their own types, which the static type does not say.</summary>
internal sealed class PolymorphicCopier<T, TRules> : Copier<T>
    where TRules : ICopyRules
{
    // Most values of a static type are of one exact type.
    private Choice? _last;

    public override T Copy(T value, CopyContext context)
    {
        if (value is null) return value;
        if (value is IGrainBase grain) return AsReference(grain);
        var type = value.GetType();
        var choice = _last;
        if (choice?.Type != type) _last = choice = new Choice(type, Copiers<TRules>.Exact(type));
        return choice.Copier is null ? value : (T)choice.Copier.Copy(value, context);
    }

    private static T AsReference(IGrainBase grain) => typeof(T).IsInterface && typeof(IAddressable).IsAssignableFrom(typeof(T))
        ? (T)grain.GrainContext.GrainReference.CastTo(typeof(T))
        : throw new NotSupportedException(
            $"{grain.GetType()} is a grain: pass a reference to it, by this.AsReference<IItsInterface>()");

    private sealed record Choice(Type Type, IObjectCopier? Copier);
}

/// <summary>Says why values of a type can not be copied.</summary>
internal sealed class RefusingCopier<T> : Copier<T>, IObjectCopier
{
    public override T Copy(T value, CopyContext context) => value is null ? value : throw Refusal();

    object IObjectCopier.Copy(object value, CopyContext context) => throw Refusal();

    private static NotSupportedException Refusal() => new(
        typeof(IGrainObserver).IsAssignableFrom(typeof(T))
            ? $"{typeof(T)} is an observer: pass a reference to it, by IGrainFactory.CreateObjectReference"
            : $"a value of {typeof(T)} can not be passed in a call, because it can change and the type does not say how "
                + "it is copied: mark the type with [GenerateSerializer] and its members with [Id], or with [Immutable] "
                + "if its values never change once passed on");
}
