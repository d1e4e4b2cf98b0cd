using System.Runtime.InteropServices;

namespace Orleans.Runtime;

/// <summary>A stream together with the name of its provider. Immutable.</summary>
[Immutable, GenerateSerializer]
[StructLayout(LayoutKind.Auto)]
public readonly struct QualifiedStreamId : IEquatable<QualifiedStreamId>, IComparable<QualifiedStreamId>, ISpanFormattable
{
    /// <summary>The stream.</summary>
    public readonly StreamId StreamId;

    /// <summary>The provider's name.</summary>
    public readonly string ProviderName;

    /// <summary>That stream of that provider.</summary>
    public QualifiedStreamId(string providerName, StreamId streamId)
    {
        ProviderName = providerName;
        StreamId = streamId;
    }

    /// <inheritdoc/>
    public bool Equals(QualifiedStreamId other) =>
        StreamId.Equals(other.StreamId) && string.Equals(ProviderName, other.ProviderName, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is QualifiedStreamId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ProviderName, StreamId);

    /// <inheritdoc/>
    public int CompareTo(QualifiedStreamId other)
    {
        var byStream = StreamId.CompareTo(other.StreamId);
        return byStream != 0 ? byStream : string.CompareOrdinal(ProviderName, other.ProviderName);
    }

    /// <summary>True if provider and stream are the same.</summary>
    public static bool operator ==(QualifiedStreamId s1, QualifiedStreamId s2) => s1.Equals(s2);

    /// <summary>True if provider or stream differs.</summary>
    public static bool operator !=(QualifiedStreamId s1, QualifiedStreamId s2) => !s1.Equals(s2);

    /// <summary>The form <c>provider/namespace/key</c>.</summary>
    public override string ToString() => $"{ProviderName}/{StreamId}";

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite($"{ProviderName}/{StreamId}", out charsWritten);
}
