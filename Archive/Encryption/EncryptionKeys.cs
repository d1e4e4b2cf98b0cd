using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>
/// The keys with which files are encrypted, found by name: in the environment variable <c>WEIR_KEY_NAME</c> (the name
/// in capitals, <c>_</c> for <c>.</c> and <c>-</c>), or in the file <c>NAME.key</c> of a folder. A key is 16, 24 or 32
/// bytes, written in Base64 or hexadecimal. Keys are looked for anew whenever they are wanted, so one that was
/// forgotten can be brought while the site runs. May be used from any thread.
/// </summary>
/// <param name="folder">The folder of key files; null where there is none.</param>
public sealed class EncryptionKeys(string? folder)
{
    /// <summary>Most characters of a key's name.</summary>
    public const int MaxNameLength = 64;

    /// <summary>No keys but those of the environment.</summary>
    public static EncryptionKeys FromEnvironment { get; } = new(null);

    /// <summary>Whether a text can be the name of a key.</summary>
    public static bool IsName(string name) => name is { Length: <= MaxNameLength } && StreamName.IsValid(name);

    /// <summary>Whether a key can be had; a sentence says why not.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out byte[]? key, [NotNullWhen(false)] out string? problem)
    {
        (key, problem) = (null, null);
        var variable = VariableOf(name);
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text)
            return TryParse(text, $"the environment variable {variable}", out key, out problem);
        var path = folder is null ? null : Path.Combine(folder, name + ".key");
        try
        {
            if (path is not null && File.Exists(path)) return TryParse(File.ReadAllText(path), $"the file '{path}'", out key, out problem);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"The encryption key '{name}' cannot be read: {error.Message}";
            return false;
        }
        problem = path is null
            ? $"The encryption key '{name}' is missing: it is not in the environment variable {variable}."
            : $"The encryption key '{name}' is missing: it is neither in the environment variable {variable} nor in the file '{path}'.";
        return false;
    }

    /// <summary>A key that must be there.</summary>
    /// <exception cref="EncryptionKeyException">It cannot be had; the message says why and where it was looked for.</exception>
    public byte[] Find(string name) => TryFind(name, out var key, out var problem) ? key : throw new EncryptionKeyException(problem);

    private static string VariableOf(string name) => "WEIR_KEY_" + name.ToUpperInvariant().Replace('.', '_').Replace('-', '_');

    private static bool TryParse(string text, string where, [NotNullWhen(true)] out byte[]? key, [NotNullWhen(false)] out string? problem)
    {
        var trimmed = text.Trim();
        key = TryDecode(trimmed);
        problem = key is null ? $"The encryption key in {where} must be 16, 24 or 32 bytes in Base64 or hexadecimal, and is not." : null;
        return key is not null;
    }

    // 32, 48 and 64 hexadecimal digits are Base64 too, of 24, 36 and 48 bytes: who writes digits only means them as digits.
    private static byte[]? TryDecode(string text)
    {
        if (text.Length is 32 or 48 or 64 && text.All(char.IsAsciiHexDigit)) return Convert.FromHexString(text);
        if (!Base64.IsValid(text, out var length) || length is not (16 or 24 or 32)) return null;
        return Convert.FromBase64String(text);
    }
}

/// <summary>A key is missing or unfit; the message says which, and where it was looked for.</summary>
public sealed class EncryptionKeyException(string message) : IOException(message);
