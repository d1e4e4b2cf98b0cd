using System.Collections.Concurrent;

namespace Orleans.Serialization;

/// <summary>Which class copies a collection of the base library.</summary>
internal static class CollectionCopiers
{
    private static readonly Dictionary<Type, Type> s_byDefinition = new()
    {
        [typeof(List<>)] = typeof(ListCopier<,>),
        [typeof(Dictionary<,>)] = typeof(DictionaryCopier<,,>),
        [typeof(HashSet<>)] = typeof(HashSetCopier<,>),
        [typeof(Queue<>)] = typeof(QueueCopier<,>),
        [typeof(Stack<>)] = typeof(StackCopier<,>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryCopier<,,>),
        [typeof(SortedSet<>)] = typeof(SortedSetCopier<,>),
        [typeof(ConcurrentDictionary<,>)] = typeof(ConcurrentDictionaryCopier<,,>),
        [typeof(Memory<>)] = typeof(MemoryCopier<,>),
        [typeof(ReadOnlyMemory<>)] = typeof(ReadOnlyMemoryCopier<,>),
        [typeof(ArraySegment<>)] = typeof(ArraySegmentCopier<,>),
        [typeof(Tuple<>)] = typeof(FieldsOfTuple<,>),
        [typeof(Tuple<,>)] = typeof(FieldsOfTuple<,>),
        [typeof(Tuple<,,>)] = typeof(FieldsOfTuple<,>),
        [typeof(Tuple<,,,>)] = typeof(FieldsOfTuple<,>),
        [typeof(Tuple<,,,,>)] = typeof(FieldsOfTuple<,>),
    };

    public static Type? TypeFor<TRules>(Type type)
        where TRules : ICopyRules
    {
        if (type.IsSZArray) return typeof(ArrayCopier<,>).MakeGenericType(type.GetElementType()!, typeof(TRules));
        if (type.IsArray) return typeof(MultiArrayCopier<,,>).MakeGenericType(type, type.GetElementType()!, typeof(TRules));
        if (!type.IsGenericType) return null;
        var definition = type.GetGenericTypeDefinition();
        if (!s_byDefinition.TryGetValue(definition, out var copier)) return ReadOnlyList<TRules>(type);
        return copier == typeof(FieldsOfTuple<,>)
            ? typeof(FieldsOfTuple<,>).MakeGenericType(type, typeof(TRules))
            : copier.MakeGenericType([.. type.GetGenericArguments(), typeof(TRules)]);
    }

    /// <summary>The lists that the compiler makes for collection expressions of read-only interfaces.</summary>
    private static Type? ReadOnlyList<TRules>(Type type) => type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal)
        ? typeof(ReadOnlyListCopier<,>).MakeGenericType(type.GetGenericArguments()[0], typeof(TRules))
        : null;
}

/// <summary>Copies a class of collections; the parts are copied by <see cref="Fill"/>.</summary>
internal abstract class CollectionCopier<TCollection> : Copier<TCollection>, IObjectCopier
    where TCollection : class
{
    public override TCollection Copy(TCollection value, CopyContext context)
    {
        if (value is null) return value!;
        if (context.Enter(value, out var known)) return (TCollection)known;
        var copy = Create(value);
        context.Note(value, copy);
        Fill(value, copy, context);
        context.Leave();
        return copy;
    }

    object IObjectCopier.Copy(object value, CopyContext context) => Copy((TCollection)value, context);

    protected abstract TCollection Create(TCollection original);

    protected abstract void Fill(TCollection original, TCollection copy, CopyContext context);
}

internal sealed class ArrayCopier<T, TRules> : CollectionCopier<T[]>
    where TRules : ICopyRules
{
    protected override T[] Create(T[] original) => original.Length == 0 ? original : new T[original.Length];

    protected override void Fill(T[] original, T[] copy, CopyContext context)
    {
        if (CopierOf<T, TRules>.Instance is not { } copier) Array.Copy(original, copy, original.Length);
        else for (var i = 0; i < original.Length; i++) copy[i] = copier.Copy(original[i], context);
    }
}

internal sealed class MultiArrayCopier<TArray, T, TRules> : CollectionCopier<TArray>
    where TArray : class
    where TRules : ICopyRules
{
    protected override TArray Create(TArray original) => (TArray)((Array)(object)original).Clone();

    protected override void Fill(TArray original, TArray copy, CopyContext context)
    {
        if (CopierOf<T, TRules>.Instance is not { } copier) return;
        var array = (Array)(object)copy;
        var indices = new int[array.Rank];
        for (var left = array.LongLength; left > 0; left--)
        {
            array.SetValue(copier.Copy((T)array.GetValue(indices)!, context), indices);
            for (var rank = array.Rank - 1; rank >= 0 && ++indices[rank] == array.GetLength(rank); rank--) indices[rank] = 0;
        }
    }
}

internal sealed class ListCopier<T, TRules> : CollectionCopier<List<T>>
    where TRules : ICopyRules
{
    protected override List<T> Create(List<T> original) => new(original.Count);

    protected override void Fill(List<T> original, List<T> copy, CopyContext context)
    {
        if (CopierOf<T, TRules>.Instance is not { } copier) copy.AddRange(original);
        else foreach (var item in original) copy.Add(copier.Copy(item, context));
    }
}

internal sealed class ReadOnlyListCopier<T, TRules> : IObjectCopier
    where TRules : ICopyRules
{
    object IObjectCopier.Copy(object value, CopyContext context) =>
        CopierOf<T[], TRules>.Copy([.. (IEnumerable<T>)value], context);
}

internal sealed class DictionaryCopier<TKey, TValue, TRules> : CollectionCopier<Dictionary<TKey, TValue>>
    where TKey : notnull
    where TRules : ICopyRules
{
    protected override Dictionary<TKey, TValue> Create(Dictionary<TKey, TValue> original) =>
        new(original.Count, original.Comparer);

    protected override void Fill(
        Dictionary<TKey, TValue> original, Dictionary<TKey, TValue> copy, CopyContext context)
    {
        foreach (var (key, value) in original)
        {
            copy.Add(CopierOf<TKey, TRules>.Copy(key, context), CopierOf<TValue, TRules>.Copy(value, context));
        }
    }
}

internal sealed class SortedDictionaryCopier<TKey, TValue, TRules> : CollectionCopier<SortedDictionary<TKey, TValue>>
    where TKey : notnull
    where TRules : ICopyRules
{
    protected override SortedDictionary<TKey, TValue> Create(SortedDictionary<TKey, TValue> original) =>
        new(original.Comparer);

    protected override void Fill(
        SortedDictionary<TKey, TValue> original, SortedDictionary<TKey, TValue> copy, CopyContext context)
    {
        foreach (var (key, value) in original)
        {
            copy.Add(CopierOf<TKey, TRules>.Copy(key, context), CopierOf<TValue, TRules>.Copy(value, context));
        }
    }
}

internal sealed class ConcurrentDictionaryCopier<TKey, TValue, TRules> : CollectionCopier<ConcurrentDictionary<TKey, TValue>>
    where TKey : notnull
    where TRules : ICopyRules
{
    protected override ConcurrentDictionary<TKey, TValue> Create(ConcurrentDictionary<TKey, TValue> original) =>
        new(original.Comparer);

    protected override void Fill(
        ConcurrentDictionary<TKey, TValue> original, ConcurrentDictionary<TKey, TValue> copy, CopyContext context)
    {
        foreach (var (key, value) in original)
        {
            copy.TryAdd(CopierOf<TKey, TRules>.Copy(key, context), CopierOf<TValue, TRules>.Copy(value, context));
        }
    }
}

internal sealed class HashSetCopier<T, TRules> : CollectionCopier<HashSet<T>>
    where TRules : ICopyRules
{
    protected override HashSet<T> Create(HashSet<T> original) => new(original.Count, original.Comparer);

    protected override void Fill(HashSet<T> original, HashSet<T> copy, CopyContext context)
    {
        foreach (var item in original) copy.Add(CopierOf<T, TRules>.Copy(item, context));
    }
}

internal sealed class SortedSetCopier<T, TRules> : CollectionCopier<SortedSet<T>>
    where TRules : ICopyRules
{
    protected override SortedSet<T> Create(SortedSet<T> original) => new(original.Comparer);

    protected override void Fill(SortedSet<T> original, SortedSet<T> copy, CopyContext context)
    {
        foreach (var item in original) copy.Add(CopierOf<T, TRules>.Copy(item, context));
    }
}

internal sealed class QueueCopier<T, TRules> : CollectionCopier<Queue<T>>
    where TRules : ICopyRules
{
    protected override Queue<T> Create(Queue<T> original) => new(original.Count);

    protected override void Fill(Queue<T> original, Queue<T> copy, CopyContext context)
    {
        foreach (var item in original) copy.Enqueue(CopierOf<T, TRules>.Copy(item, context));
    }
}

internal sealed class StackCopier<T, TRules> : CollectionCopier<Stack<T>>
    where TRules : ICopyRules
{
    protected override Stack<T> Create(Stack<T> original) => new(original.Count);

    protected override void Fill(Stack<T> original, Stack<T> copy, CopyContext context)
    {
        foreach (var item in original.Reverse()) copy.Push(CopierOf<T, TRules>.Copy(item, context));
    }
}

internal sealed class MemoryCopier<T, TRules> : Copier<Memory<T>>, IObjectCopier
    where TRules : ICopyRules
{
    public override Memory<T> Copy(Memory<T> value, CopyContext context) =>
        CopierOf<T[], TRules>.Copy(value.ToArray(), context);

    object IObjectCopier.Copy(object value, CopyContext context) => Copy((Memory<T>)value, context);
}

internal sealed class ReadOnlyMemoryCopier<T, TRules> : Copier<ReadOnlyMemory<T>>, IObjectCopier
    where TRules : ICopyRules
{
    public override ReadOnlyMemory<T> Copy(ReadOnlyMemory<T> value, CopyContext context) =>
        CopierOf<T, TRules>.Instance is null ? value.ToArray() : CopierOf<T[], TRules>.Copy(value.ToArray(), context);

    object IObjectCopier.Copy(object value, CopyContext context) => Copy((ReadOnlyMemory<T>)value, context);
}

internal sealed class ArraySegmentCopier<T, TRules> : Copier<ArraySegment<T>>, IObjectCopier
    where TRules : ICopyRules
{
    public override ArraySegment<T> Copy(ArraySegment<T> value, CopyContext context) =>
        value.Array is null ? value : new ArraySegment<T>(CopierOf<T[], TRules>.Copy([.. value], context));

    object IObjectCopier.Copy(object value, CopyContext context) => Copy((ArraySegment<T>)value, context);
}

/// <summary>Copies a tuple, all of whose fields are members though it bears no attribute.</summary>
internal sealed class FieldsOfTuple<T, TRules> : Copier<T>, IObjectCopier
    where T : class
    where TRules : ICopyRules
{
    private readonly System.Reflection.FieldInfo[] _fields = [.. Immutability.FieldsOf(typeof(T))];

    public override T Copy(T value, CopyContext context) => value is null ? value! : (T)CopyFields(value, context);

    object IObjectCopier.Copy(object value, CopyContext context) => CopyFields(value, context);

    private object CopyFields(object value, CopyContext context)
    {
        if (context.Enter(value, out var known)) return known;
        var copy = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(T));
        context.Note(value, copy);
        foreach (var field in _fields)
        {
            var part = field.GetValue(value);
            var copier = part is null ? null : Copiers<TRules>.Exact(part.GetType());
            field.SetValue(copy, copier is null ? part : copier.Copy(part!, context));
        }

        context.Leave();
        return copy;
    }
}
