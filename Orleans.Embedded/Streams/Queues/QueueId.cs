using System.Globalization;

namespace Orleans.Streams;

/// <summary>The identity of one queue of a provider: a name, a number, and its place on the hash ring. Immutable.</summary>
[Immutable, GenerateSerializer]
public readonly struct QueueId : IEquatable<QueueId>, IComparable<QueueId>, ISpanFormattable
{
    private readonly string _prefix;
    private readonly uint _number;
    private readonly uint _hash;

    private QueueId(string prefix, uint number, uint hash)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        _prefix = prefix;
        _number = number;
        _hash = hash;
    }

    /// <summary>True if there is no queue.</summary>
    public bool IsDefault => _prefix is null;

    /// <summary>The queue of that name and number at that place on the ring.</summary>
    public static QueueId GetQueueId(string queueName, uint queueId, uint hash) => new(queueName, queueId, hash);

    /// <summary>The name.</summary>
    public string GetStringNamePrefix() => _prefix;

    /// <summary>The number.</summary>
    public uint GetNumericId() => _number;

    /// <summary>The place on the ring.</summary>
    public uint GetUniformHashCode() => _hash;

    /// <inheritdoc/>
    public bool Equals(QueueId other) =>
        _number == other._number && _hash == other._hash && string.Equals(_prefix, other._prefix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is QueueId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_number, _hash, _prefix);

    /// <inheritdoc/>
    public int CompareTo(QueueId other)
    {
        var byNumber = _number.CompareTo(other._number);
        if (byNumber != 0) return byNumber;
        var byPrefix = string.CompareOrdinal(_prefix, other._prefix);
        return byPrefix != 0 ? byPrefix : _hash.CompareTo(other._hash);
    }

    /// <summary>True if both are the same queue.</summary>
    public static bool operator ==(QueueId left, QueueId right) => left.Equals(right);

    /// <summary>True if the queues differ.</summary>
    public static bool operator !=(QueueId left, QueueId right) => !left.Equals(right);

    /// <summary>The form <c>name-number</c> in lower case.</summary>
    public override string ToString() =>
        IsDefault ? "" : string.Create(CultureInfo.InvariantCulture, $"{LowerPrefix}-{_number}");

    /// <summary>The form <c>name-number-0xplace</c>.</summary>
    public string ToStringWithHashCode() => string.Create(CultureInfo.InvariantCulture, $"{this}-0x{_hash:X8}");

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) =>
        format == "H" ? ToStringWithHashCode() : ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        var text = format is "H" ? ToStringWithHashCode() : ToString();
        charsWritten = text.TryCopyTo(destination) ? text.Length : 0;
        return charsWritten == text.Length;
    }

    // The text names queues in stores, where Orleans' own form is the lower-case one.
#pragma warning disable CA1308
    private string LowerPrefix => _prefix.ToLowerInvariant();
#pragma warning restore CA1308
}
