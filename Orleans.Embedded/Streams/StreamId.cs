using System.Buffers.Text;
using System.Text;
using Orleans.Streams;

namespace Orleans.Runtime;

/// <summary>The identity of a stream: a namespace, which may be missing, and a key. Immutable.</summary>
[Immutable, GenerateSerializer]
public readonly struct StreamId : IEquatable<StreamId>, IComparable<StreamId>, ISpanFormattable
{
    private readonly byte[] _fullKey;
    private readonly ushort _keyIndex;
    private readonly int _hash;

    private StreamId(byte[] fullKey, int keyIndex)
    {
        if (keyIndex > ushort.MaxValue)
        {
            throw new ArgumentException(
                $"a stream namespace must have at most {ushort.MaxValue:N0} bytes, but has {keyIndex:N0}");
        }

        _fullKey = fullKey;
        _keyIndex = (ushort)keyIndex;
        _hash = (int)StableHash.ComputeHash(fullKey);
    }

    /// <summary>The namespace followed by the key.</summary>
    public ReadOnlyMemory<byte> FullKey => _fullKey;

    /// <summary>The namespace, empty if there is none.</summary>
    public ReadOnlyMemory<byte> Namespace => _fullKey.AsMemory(0, _keyIndex);

    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key => _fullKey.AsMemory(_keyIndex);

    /// <summary>The stream of that namespace and key.</summary>
    public static StreamId Create(ReadOnlySpan<byte> ns, ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty) throw new ArgumentException("the key of a stream must not be empty", nameof(key));
        return new StreamId([.. ns, .. key], ns.Length);
    }

    /// <summary>The stream of that namespace, which may be null, and key.</summary>
    public static StreamId Create(string? ns, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return Create(Encoding.UTF8.GetBytes(ns ?? ""), Encoding.UTF8.GetBytes(key));
    }

    /// <summary>The stream of that namespace, which may be null, and key.</summary>
    public static StreamId Create(string? ns, Guid key)
    {
        Span<byte> digits = stackalloc byte[32];
        Utf8Formatter.TryFormat(key, digits, out _, 'N');
        return Create(Encoding.UTF8.GetBytes(ns ?? ""), digits);
    }

    /// <summary>The stream of that namespace, which may be null, and key.</summary>
    public static StreamId Create(string? ns, long key) =>
        Create(ns, key.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The stream of that namespace and GUID.</summary>
    public static StreamId Create(IStreamIdentity streamIdentity)
    {
        ArgumentNullException.ThrowIfNull(streamIdentity);
        return Create(streamIdentity.Namespace, streamIdentity.Guid);
    }

    /// <summary>Reads <c>namespace/key</c>.</summary>
    /// <exception cref="ArgumentException">There is no slash.</exception>
    public static StreamId Parse(ReadOnlySpan<byte> value)
    {
        var slash = value.IndexOf((byte)'/');
        return slash >= 0
            ? Create(value[..slash], value[(slash + 1)..])
            : throw new ArgumentException(
                $"stream id '{Encoding.UTF8.GetString(value)}': expected the form namespace/key", nameof(value));
    }

    /// <summary>The key as text.</summary>
    public string GetKeyAsString() => Encoding.UTF8.GetString(Key.Span);

    /// <summary>The namespace as text, null if there is none.</summary>
    public string? GetNamespace() => _keyIndex == 0 ? null : Encoding.UTF8.GetString(Namespace.Span);

    /// <inheritdoc/>
    public bool Equals(StreamId other) =>
        _hash == other._hash && _keyIndex == other._keyIndex && _fullKey.AsSpan().SequenceEqual(other._fullKey);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamId other && Equals(other);

    /// <summary>A hash that is the same in every process: mappers choose the queue of a stream by it.</summary>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public int CompareTo(StreamId other)
    {
        var byBytes = _fullKey.AsSpan().SequenceCompareTo(other._fullKey);
        return byBytes != 0 ? byBytes : _keyIndex.CompareTo(other._keyIndex);
    }

    /// <summary>True if namespace and key are the same.</summary>
    public static bool operator ==(StreamId s1, StreamId s2) => s1.Equals(s2);

    /// <summary>True if namespace or key differs.</summary>
    public static bool operator !=(StreamId s1, StreamId s2) => !s1.Equals(s2);

    /// <summary>The form <c>namespace/key</c>, with <c>null</c> for no namespace.</summary>
    public override string ToString() => $"{GetNamespace() ?? "null"}/{GetKeyAsString()}";

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(
        Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite($"{GetNamespace() ?? "null"}/{GetKeyAsString()}", out charsWritten);

    internal IdSpan KeyAsIdSpan() => new(Key.ToArray());
}
