using System.Diagnostics.CodeAnalysis;

namespace Weir.Streams;

/// <summary>The name of a stream within its scope, written <c>scope/stream</c>.</summary>
/// <remarks>
/// Both parts follow Pravega's rule, so that a site can move from one store to the other: 1 to 255 characters
/// out of letters, digits, <c>.</c> and <c>-</c>, beginning with a letter or a digit.
/// </remarks>
public readonly record struct StreamName : IComparable<StreamName>
{
    private const int MaxLength = 255;

    /// <summary>Names a stream.</summary>
    /// <exception cref="ArgumentException">A part breaks the naming rule; the message says which and how.</exception>
    public StreamName(string scope, string stream)
    {
        Scope = Checked(scope, "scope");
        Stream = Checked(stream, "stream");
    }

    /// <summary>The scope: the group of streams that belong together.</summary>
    public string Scope { get; }

    /// <summary>The stream's own name within its scope.</summary>
    public string Stream { get; }

    /// <summary>Reads <c>scope/stream</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out StreamName name)
    {
        name = default;
        var parts = text?.Split('/');
        if (parts is not [var scope, var stream] || !IsValid(scope) || !IsValid(stream)) return false;
        name = new StreamName(scope, stream);
        return true;
    }

    /// <summary>Whether a text may be a scope's or a stream's name.</summary>
    public static bool IsValid([NotNullWhen(true)] string? part) =>
        part is { Length: > 0 and <= MaxLength }
        && char.IsAsciiLetterOrDigit(part[0])
        && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');

    /// <inheritdoc/>
    public int CompareTo(StreamName other)
    {
        var byScope = string.CompareOrdinal(Scope, other.Scope);
        return byScope != 0 ? byScope : string.CompareOrdinal(Stream, other.Stream);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scope}/{Stream}";

    private static string Checked(string part, string what) =>
        IsValid(part)
            ? part
            : throw new ArgumentException(
                $"A {what} name must have 1 to {MaxLength} characters out of letters, digits, '.' and '-', "
                + $"beginning with a letter or a digit, but is '{part}'.", what);
}
