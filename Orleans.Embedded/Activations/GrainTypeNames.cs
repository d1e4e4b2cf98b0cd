using System.Reflection;

namespace Orleans.Runtime;

/// <summary>The grain types of classes: as [GrainType] says, or else the class's name as Orleans forms it.</summary>
internal static class GrainTypeNames
{
    private const string Suffix = "grain";

    public static GrainType Of(Type type)
    {
        var name = type.GetCustomAttribute<GrainTypeAttribute>()?.Value.ToString() ?? ByConvention(type);
        return GrainType.Create(type.IsConstructedGenericType
            ? $"{name}[{string.Join(',', type.GetGenericArguments().Select(argument => $"[{argument}]"))}]"
            : name);
    }

    private static string ByConvention(Type type)
    {
#pragma warning disable CA1308 // Stored keys have the lower-case form.
        var name = type.Name.ToLowerInvariant();
#pragma warning restore CA1308
        var arity = name.IndexOf('`', StringComparison.Ordinal);
        var bare = arity > 0 ? name[..arity] : name;
        if (bare.Length > Suffix.Length && bare.EndsWith(Suffix, StringComparison.Ordinal)) bare = bare[..^Suffix.Length];
        return arity > 0 ? bare + name[arity..] : bare;
    }
}
