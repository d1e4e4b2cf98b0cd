using System.Globalization;
using System.Security.Cryptography;

namespace Weir.Mqtt;

/// <summary>
/// Salted, slow hashes of passwords: PBKDF2 with HMAC-SHA-512 (RFC 8018), written
/// <c>$pbkdf2-sha512$ITERATIONS$SALT$HASH</c> with salt and hash in base 64.
/// </summary>
public static class PasswordHash
{
    private const string Scheme = "pbkdf2-sha512";

    /// <summary>What OWASP's password storage cheat sheet asks of PBKDF2-HMAC-SHA512.</summary>
    private const int DefaultIterations = 210_000;

    private const int FewestIterations = 1000;
    private const int MostIterations = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    /// <summary>Makes the hash of a password, with a salt of its own; takes a tenth of a second or so.</summary>
    /// <param name="password">The password in UTF-8.</param>
    /// <param name="iterations">How slow: 1,000 to 10,000,000.</param>
    public static string Create(ReadOnlySpan<byte> password, int iterations = DefaultIterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, FewestIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, MostIterations);
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA512, HashBytes);
        return string.Create(CultureInfo.InvariantCulture, $"${Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    /// <summary>Whether a password is the one of a hash. Takes the same time whether it is or not.</summary>
    /// <exception cref="FormatException">The hash is not one of this form.</exception>
    public static bool Verify(ReadOnlySpan<byte> password, string hash)
    {
        var (iterations, salt, expected) = Parse(hash);
        return CryptographicOperations.FixedTimeEquals(
            Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA512, expected.Length), expected);
    }

    /// <summary>Whether a text is a hash that <see cref="Verify"/> takes.</summary>
    public static bool IsValid(string hash)
    {
        try
        {
            Parse(hash);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static (int Iterations, byte[] Salt, byte[] Hash) Parse(string hash)
    {
        if (hash.Split('$') is not ["", Scheme, var count, var salt, var derived]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < FewestIterations or > MostIterations)
        {
            throw new FormatException($"A password hash is written ${Scheme}$ITERATIONS$SALT$HASH; this one is not.");
        }
        var bytes = Convert.FromBase64String(derived);
        if (bytes.Length < HashBytes) throw new FormatException($"The hash within a password hash has at least {HashBytes} bytes.");
        return (iterations, Convert.FromBase64String(salt), bytes);
    }
}
