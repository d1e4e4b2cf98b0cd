using System.Diagnostics.CodeAnalysis;

namespace Weir.Pravega;

/// <summary>The name of a stream within its scope, written <c>scope/stream</c>.</summary>
/// <remarks>
/// Letters, digits, <c>.</c> and <c>-</c>; a scope has up to 255 characters, a stream up to 250. A name that begins with
/// <c>_</c> is Pravega's own and can be read, but not made.
/// </remarks>
public readonly record struct ScopedStream
{
    private const int MaxScope = 255, MaxStream = 255;

    /// <summary>Names a stream.</summary>
    /// <exception cref="ArgumentException">A part breaks the naming rule; the message says which.</exception>
    public ScopedStream(string scope, string stream)
    {
        Scope = Checked(scope, MaxScope, nameof(scope));
        Stream = Checked(stream, MaxStream, nameof(stream));
    }

    /// <summary>The scope.</summary>
    public string Scope { get; }

    /// <summary>The stream's name within its scope.</summary>
    public string Stream { get; }

    /// <summary>Reads <c>scope/stream</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ScopedStream name)
    {
        name = default;
        if (text?.Split('/') is not [var scope, var stream] || !IsValid(scope, MaxScope) || !IsValid(stream, MaxStream)) return false;
        name = new ScopedStream(scope, stream);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scope}/{Stream}";

    private static bool IsValid(string? name, int most) =>
        !string.IsNullOrEmpty(name) && name.Length <= most
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static string Checked(string name, int most, string what) =>
        IsValid(name, most)
            ? name
            : throw new ArgumentException(
                $"A {what} name must have 1 to {most} characters out of letters, digits, '.' and '-', but is '{name}'.", what);
}
