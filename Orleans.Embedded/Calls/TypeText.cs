namespace Orleans.Calls;

/// <summary>Types as code writes them, without marks of arity.</summary>
internal static class TypeText
{
    public static string FullName(Type type) =>
        type.Namespace is { Length: > 0 } space && !type.IsGenericParameter ? $"{space}.{Name(type)}" : Name(type);

    public static string Name(Type type)
    {
        if (!type.IsGenericType) return type.Name;
        var end = type.Name.IndexOf('`', StringComparison.Ordinal);
        var bare = end < 0 ? type.Name : type.Name[..end];
        return $"{bare}<{string.Join(", ", type.GetGenericArguments().Select(FullName))}>";
    }
}
