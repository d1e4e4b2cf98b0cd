using System.Diagnostics.CodeAnalysis;

namespace Weir.Database.Rows;

/// <summary>Texts that are for people to read, and so may be cut to what a column takes.</summary>
internal static class CutText
{
    /// <summary>The text, or as much of its beginning as fits; no character is cut in two.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text, int length)
    {
        if (text is null || text.Length <= length) return text;
        return char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];
    }
}
