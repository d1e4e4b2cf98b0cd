namespace Orleans.Runtime;

/// <summary>A GUID as an identity, such as that of a stream subscription. Immutable.</summary>
[Immutable]
public sealed class GuidId : IEquatable<GuidId>, IComparable<GuidId>
{
    /// <summary>The GUID.</summary>
    public readonly Guid Guid;

    private GuidId(Guid guid) => Guid = guid;

    /// <summary>A new random identity.</summary>
    public static GuidId GetNewGuidId() => new(Guid.NewGuid());

    /// <summary>The identity of that GUID.</summary>
    public static GuidId GetGuidId(Guid guid) => new(guid);

    /// <inheritdoc/>
    public int CompareTo(GuidId? other) => other is null ? 1 : Guid.CompareTo(other.Guid);

    /// <inheritdoc/>
    public bool Equals(GuidId? other) => other is not null && Guid == other.Guid;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GuidId);

    /// <inheritdoc/>
    public override int GetHashCode() => Guid.GetHashCode();

    /// <summary>True if both have the same GUID.</summary>
    public static bool operator ==(GuidId? left, GuidId? right) => Equals(left, right);

    /// <summary>True if the GUIDs differ.</summary>
    public static bool operator !=(GuidId? left, GuidId? right) => !Equals(left, right);

    /// <summary>The GUID as text.</summary>
    public override string ToString() => Guid.ToString();
}
