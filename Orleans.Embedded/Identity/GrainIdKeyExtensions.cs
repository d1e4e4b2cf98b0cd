using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Orleans.Runtime;

/// <summary>
/// The text forms of keys: a number as upper-case hexadecimal digits, a GUID as 32 digits, an extension after a plus.
/// </summary>
public static class GrainIdKeyExtensions
{
    private const byte ExtensionMark = (byte)'+';
    private const int GuidLength = 32;
    private const int MaxIntegerLength = 2 * sizeof(long);

    /// <summary>The key of a number.</summary>
    public static IdSpan CreateIntegerKey(long key) => CreateIntegerKey(key, ReadOnlySpan<byte>.Empty);

    /// <summary>The key of a number and an extension.</summary>
    public static IdSpan CreateIntegerKey(long key, string? keyExtension) =>
        CreateIntegerKey(key, ExtensionBytes(keyExtension));

    /// <summary>The key of a number and an extension.</summary>
    public static IdSpan CreateIntegerKey(long key, ReadOnlySpan<byte> keyExtension)
    {
        Span<byte> digits = stackalloc byte[MaxIntegerLength];
        Utf8Formatter.TryFormat(key, digits, out var length, 'X');
        return Join(digits[..length], keyExtension);
    }

    /// <summary>The key of a GUID.</summary>
    public static IdSpan CreateGuidKey(Guid key) => CreateGuidKey(key, ReadOnlySpan<byte>.Empty);

    /// <summary>The key of a GUID and an extension.</summary>
    public static IdSpan CreateGuidKey(Guid key, string? keyExtension) =>
        CreateGuidKey(key, ExtensionBytes(keyExtension));

    /// <summary>The key of a GUID and an extension.</summary>
    public static IdSpan CreateGuidKey(Guid key, ReadOnlySpan<byte> keyExtension)
    {
        Span<byte> digits = stackalloc byte[GuidLength];
        Utf8Formatter.TryFormat(key, digits, out _, 'N');
        return Join(digits, keyExtension);
    }

    /// <summary>Reads a numeric key; false if the key is of another kind.</summary>
    public static bool TryGetIntegerKey(this GrainId grainId, out long key, out string? keyExt)
    {
        var text = grainId.Key.AsSpan();
        var mark = text.IndexOf(ExtensionMark);
        keyExt = mark >= 0 ? Encoding.UTF8.GetString(text[(mark + 1)..]) : null;
        var digits = mark >= 0 ? text[..mark] : text;
        return Utf8Parser.TryParse(digits, out key, out var consumed, 'X') && consumed == digits.Length;
    }

    /// <summary>Reads a numeric key.</summary>
    /// <exception cref="ArgumentException">The key is of another kind.</exception>
    public static long GetIntegerKey(this GrainId grainId) => grainId.GetIntegerKey(out _);

    /// <summary>Reads a numeric key and its extension, null if it has none.</summary>
    /// <exception cref="ArgumentException">The key is of another kind.</exception>
    public static long GetIntegerKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetIntegerKey(out var key, out keyExt) ? key : throw WrongKind(grainId, "an integer");

    /// <summary>Reads a GUID key; false if the key is of another kind.</summary>
    public static bool TryGetGuidKey(this GrainId grainId, out Guid key, out string? keyExt)
    {
        var text = grainId.Key.AsSpan();
        keyExt = null;
        if (text.Length > GuidLength && text[GuidLength] == ExtensionMark)
        {
            keyExt = Encoding.UTF8.GetString(text[(GuidLength + 1)..]);
            text = text[..GuidLength];
        }

        key = default;
        return text.Length == GuidLength && Utf8Parser.TryParse(text, out key, out var consumed, 'N')
            && consumed == GuidLength;
    }

    /// <summary>Reads a GUID key.</summary>
    /// <exception cref="ArgumentException">The key is of another kind.</exception>
    public static Guid GetGuidKey(this GrainId grainId) => grainId.GetGuidKey(out _);

    /// <summary>Reads a GUID key and its extension, null if it has none.</summary>
    /// <exception cref="ArgumentException">The key is of another kind.</exception>
    public static Guid GetGuidKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetGuidKey(out var key, out keyExt) ? key : throw WrongKind(grainId, "a GUID");

    private static byte[] ExtensionBytes(string? keyExtension) =>
        string.IsNullOrWhiteSpace(keyExtension) ? [] : Encoding.UTF8.GetBytes(keyExtension);

    private static IdSpan Join(ReadOnlySpan<byte> digits, ReadOnlySpan<byte> extension) =>
        new(extension.IsEmpty ? digits.ToArray() : [.. digits, ExtensionMark, .. extension]);

    [SuppressMessage("Usage", "CA2208", Justification = "The argument is that of the calling extension method.")]
    private static ArgumentException WrongKind(GrainId grainId, string kind) =>
        new($"grain id '{grainId}': the key is not that of a grain with {kind} key", nameof(grainId));
}
