using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>
/// Copies objects member by member, by code that is emitted once. As in Orleans, the members of a marked type are those
/// with [Id] and the parameters of a record's primary constructor; all others get what the constructor without
/// parameters gives them, or nothing.
/// </summary>
internal sealed class FieldCopier<T, TRules> : Copier<T>, IObjectCopier
    where TRules : ICopyRules
{
    private static readonly ConstructorInfo? s_constructor = typeof(T).IsValueType
        ? null
        : typeof(T).GetConstructor(
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes);

    private readonly CopyMembers _copyMembers = Emit();

    private delegate void CopyMembers(T original, ref T copy, CopyContext context);

    public override T Copy(T value, CopyContext context)
    {
        if (typeof(T).IsValueType)
        {
            var result = value;
            _copyMembers(value, ref result, context);
            return result;
        }

        if (value is null) return value;
        if (context.Enter(value, out var known)) return (T)known;
        var copy = (T)(s_constructor?.Invoke(null) ?? RuntimeHelpers.GetUninitializedObject(typeof(T)));
        context.Note(value, copy!);
        _copyMembers(value, ref copy, context);
        context.Leave();
        return copy;
    }

    object IObjectCopier.Copy(object value, CopyContext context) => Copy((T)value, context)!;

    private static CopyMembers Emit()
    {
        var type = typeof(T);
        var method = new DynamicMethod(
            $"Copy_{type.Name}", typeof(void), [type, type.MakeByRefType(), typeof(CopyContext)], type.Module, true);
        var il = method.GetILGenerator();
        foreach (var field in CopiedMembers.Of(type, TRules.CopiesUnmarkedTypes))
        {
            il.Emit(OpCodes.Ldarg_1);
            if (!type.IsValueType) il.Emit(OpCodes.Ldind_Ref);
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
            if (!Immutability.IsImmutable(field.FieldType))
            {
                il.Emit(OpCodes.Ldarg_2);
                il.Emit(OpCodes.Call, typeof(CopierOf<,>).MakeGenericType(field.FieldType, typeof(TRules))
                    .GetMethod(nameof(CopierOf<int, TRules>.Copy))!);
            }

            il.Emit(OpCodes.Stfld, field);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<CopyMembers>();
    }
}

/// <summary>The fields of a type that are copied.</summary>
internal static class CopiedMembers
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IEnumerable<FieldInfo> Of(Type type, bool copiesUnmarkedTypes)
    {
        for (var declaring = type; declaring is not null && declaring != typeof(object); declaring = declaring.BaseType)
        {
            var marked = declaring.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false);
            if (marked is null && !copiesUnmarkedTypes && !declaring.IsValueType) continue;
            foreach (var field in declaring.GetFields(Declared))
            {
                if (marked is null || IsMember(declaring, field, marked)) yield return field;
            }
        }
    }

    private static bool IsMember(Type type, FieldInfo field, GenerateSerializerAttribute marked)
    {
        if (field.IsDefined(typeof(IdAttribute))) return true;
        if (field.IsDefined(typeof(NonSerializedAttribute)) || PropertyOf(type, field) is not { } property) return false;
        return property.IsDefined(typeof(IdAttribute))
            || (marked.IncludePrimaryConstructorParameters && IsPrimaryParameter(type, property))
            || (marked.GenerateFieldIds == GenerateFieldIds.PublicProperties && property.GetMethod!.IsPublic);
    }

    private static PropertyInfo? PropertyOf(Type type, FieldInfo field)
    {
        var end = field.Name.IndexOf(">k__BackingField", StringComparison.Ordinal);
        return end > 1 ? type.GetProperty(field.Name[1..end], Declared) : null;
    }

    /// <summary>True for a record's property that the compiler made of a parameter of its constructor.</summary>
    private static bool IsPrimaryParameter(Type type, PropertyInfo property)
    {
        if (type.GetMethod("PrintMembers", Declared) is null) return false;
        return type.GetConstructors(Declared).Any(constructor => constructor.GetParameters().Any(parameter =>
            parameter.Name == property.Name && parameter.ParameterType == property.PropertyType));
    }
}
