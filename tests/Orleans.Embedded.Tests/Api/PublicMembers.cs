using System.Reflection;

namespace Orleans.Embedded.Tests.Api;

/// <summary>
/// The public and protected members of an assembly in the form of orleans-10-public-api.txt:
/// documentation id, and after it the type and, for a property, its accessors.
/// </summary>
internal static class PublicMembers
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetTypes().Where(IsVisible).SelectMany(type => MembersOf(type).Prepend($"T:{NameOf(type)}"));

    private static bool IsVisible(Type type) => type.DeclaringType is null
        ? type.IsPublic
        : IsVisible(type.DeclaringType) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem);

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;
        foreach (var field in type.GetFields(Declared).Where(field => !field.IsSpecialName))
        {
            if (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)
            {
                yield return $"F:{NameOf(type)}.{field.Name} : {Reference(field.FieldType)}";
            }
        }

        foreach (var constructor in type.GetConstructors(Declared).Where(one => !one.IsStatic && IsVisible(one)))
        {
            yield return $"M:{NameOf(type)}.#ctor{Parameters(constructor)}";
        }

        foreach (var property in type.GetProperties(Declared))
        {
            var accessors = string.Join(' ', property.GetAccessors(true).Where(IsVisible)
                .Select(accessor => accessor.ReturnType == typeof(void) ? "set" : "get").Order());
            if (accessors.Length > 0)
            {
                yield return $"P:{NameOf(type)}.{property.Name} : {Reference(property.PropertyType)} {accessors}";
            }
        }

        foreach (var method in type.GetMethods(Declared).Where(IsVisible))
        {
            if (method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal)) continue;
            var arity = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
            yield return $"M:{NameOf(type)}.{method.Name}{arity}{Parameters(method)} : {Reference(method.ReturnType)}";
        }
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string Parameters(MethodBase method)
    {
        var parameters = method.GetParameters();
        return parameters.Length == 0
            ? ""
            : $"({string.Join(',', parameters.Select(parameter => Reference(parameter.ParameterType)))})";
    }

    private static string Reference(Type type)
    {
        if (type.IsByRef) return Reference(type.GetElementType()!) + "@";
        if (type.IsArray) return Reference(type.GetElementType()!) + "[]";
        if (type.IsGenericMethodParameter) return $"``{type.GenericParameterPosition}";
        if (type.IsGenericParameter) return $"`{type.GenericParameterPosition}";
        if (!type.IsGenericType) return NameOf(type);

        var definition = type.GetGenericTypeDefinition().FullName!.Replace('+', '.');
        var arguments = string.Join(',', type.GetGenericArguments().Select(Reference));
        return $"{definition[..definition.IndexOf('`', StringComparison.Ordinal)]}{{{arguments}}}";
    }
}
