using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// Says which types can be passed by reference: those that are marked, those that are known, and those that can not
/// change by their shape - all fields read-only and of such types.
/// </summary>
internal static class Immutability
{
    private static readonly HashSet<Type> s_known =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly),
        typeof(TimeSpan), typeof(Guid), typeof(Uri), typeof(Version), typeof(BigInteger), typeof(Int128), typeof(UInt128),
        typeof(Half), typeof(IPAddress), typeof(CancellationToken), typeof(JsonElement),
        typeof(System.Globalization.CultureInfo), typeof(object),
    ];

    private static readonly ConcurrentDictionary<Type, bool> s_exact = new();

    /// <summary>True if no value of the static type can change.</summary>
    public static bool IsImmutable(Type type) =>
        type.IsPrimitive || type.IsEnum || ((type.IsSealed || type.IsValueType) && IsExactImmutable(type));

    /// <summary>True if no value of exactly this type can change.</summary>
    public static bool IsExactImmutable(Type type) => s_exact.GetOrAdd(type, static type => Check(type, []));

    private static bool Check(Type type, HashSet<Type> underWay)
    {
        if (type.IsPrimitive || type.IsEnum || type.IsPointer || s_known.Contains(type)) return true;
        if (type.IsDefined(typeof(ImmutableAttribute), inherit: false)) return true;
        if (typeof(GrainReference).IsAssignableFrom(type) || typeof(Type).IsAssignableFrom(type)) return true;

        // An error is only ever added to, and has to keep its stack.
        if (typeof(Exception).IsAssignableFrom(type)) return true;
        if (type.IsArray || type.IsInterface || type.IsAbstract || typeof(Delegate).IsAssignableFrom(type)) return false;
        if (type.IsGenericType && IsKnownGeneric(type.GetGenericTypeDefinition())) return true;

        // A type that is being looked at already is as immutable as the rest of it.
        return !underWay.Add(type) || FieldsOf(type).All(field => HoldsStill(field, type, underWay));
    }

    private static bool IsKnownGeneric(Type definition) =>
        definition == typeof(Immutable<>)
        || (definition.Namespace is "System.Collections.Immutable" or "System.Collections.Frozen"
            && definition.Assembly == typeof(ImmutableArray).Assembly);

    private static bool HoldsStill(FieldInfo field, Type owner, HashSet<Type> underWay)
    {
        // A struct is copied as a whole when it is passed, so its fields may be assigned.
        if (!field.IsInitOnly && !owner.IsValueType) return false;
        var type = field.FieldType;
        return type != typeof(object) && (type.IsSealed || type.IsValueType) && Check(type, underWay);
    }

    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (var declaring = type; declaring is not null && declaring != typeof(object); declaring = declaring.BaseType)
        {
            foreach (var field in declaring.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }
}
