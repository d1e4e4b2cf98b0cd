using Orleans.Runtime;

namespace Orleans;

/// <summary>What can be asked of any grain or reference: its identity, its key, another of its interfaces.</summary>
public static class GrainExtensions
{
    /// <summary>This grain or reference as a reference of that interface.</summary>
    /// <exception cref="ArgumentException">It is neither a grain nor a reference.</exception>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        (TGrainInterface)grain.AsReference(typeof(TGrainInterface));

    /// <summary>This grain or reference as a reference of that interface.</summary>
    /// <exception cref="ArgumentException">It is neither a grain nor a reference.</exception>
    public static object AsReference(this IAddressable grain, Type interfaceType)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return ReferenceOf(grain).CastTo(interfaceType);
    }

    /// <summary>This reference as a reference of that interface.</summary>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) =>
        grain.AsReference<TGrainInterface>();

    /// <summary>This reference as a reference of that interface.</summary>
    public static object Cast(this IAddressable grain, Type interfaceType) => grain.AsReference(interfaceType);

    /// <summary>The identity.</summary>
    public static GrainId GetGrainId(this IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain switch
        {
            GrainReference reference => reference.GrainId,
            IGrainBase { GrainContext: { } context } => context.GrainId,
            _ => throw Foreign(grain),
        };
    }

    /// <summary>The GUID key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another kind.</exception>
    public static Guid GetPrimaryKey(this IAddressable grain) => grain.GetPrimaryKey(out _);

    /// <summary>The GUID key and its extension, null if it has none.</summary>
    /// <exception cref="InvalidOperationException">The key is of another kind.</exception>
    public static Guid GetPrimaryKey(this IAddressable grain, out string? keyExt)
    {
        var id = grain.GetGrainId();
        if (id.TryGetGuidKey(out var key, out keyExt)) return key;

        // As in Orleans, a number may be read as the GUID that holds it.
        if (id.TryGetIntegerKey(out var number, out keyExt)) return NumberAsGuid(number);
        throw WrongKind(id, "GUID");
    }

    /// <summary>The numeric key.</summary>
    /// <exception cref="InvalidOperationException">The key is of another kind.</exception>
    public static long GetPrimaryKeyLong(this IAddressable grain) => grain.GetPrimaryKeyLong(out _);

    /// <summary>The numeric key and its extension, null if it has none.</summary>
    /// <exception cref="InvalidOperationException">The key is of another kind.</exception>
    public static long GetPrimaryKeyLong(this IAddressable grain, out string? keyExt)
    {
        var id = grain.GetGrainId();
        return id.TryGetIntegerKey(out var key, out keyExt) ? key : throw WrongKind(id, "integer");
    }

    /// <summary>The key as text.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    /// <summary>True if the key is a number.</summary>
    public static bool IsPrimaryKeyBasedOnLong(this IAddressable grain) =>
        grain.GetGrainId().TryGetIntegerKey(out _, out _);

    private static GrainReference ReferenceOf(IAddressable grain) => grain switch
    {
        GrainReference reference => reference,
        IGrainBase { GrainContext: { } context } => context.GrainReference,
        _ => throw Foreign(grain),
    };

    private static Guid NumberAsGuid(long number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes[8..], number);
        return new Guid(bytes);
    }

    private static ArgumentException Foreign(IAddressable grain) => new(
        $"{grain.GetType()} is neither a grain of this silo nor a reference; an observer object gets a reference by "
        + "IGrainFactory.CreateObjectReference", nameof(grain));

    private static InvalidOperationException WrongKind(GrainId id, string kind) =>
        new($"grain '{id}' has no {kind} key");
}
