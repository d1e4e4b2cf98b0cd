using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weir.Archive.Encryption;

/// <summary>
/// Encrypts and decrypts the modules of a Parquet file by AES-GCM. A module is written as length (4 bytes,
/// little-endian), nonce (12), ciphertext, tag (16).
/// </summary>
/// <remarks>
/// The standard also has a module's place authenticated with it. DuckDB 1.5 writes none, and fails at files that have
/// one as soon as it skips a page; so there is none here. What belongs to a file is vouched for by the checksum in its
/// name.
/// </remarks>
/// <param name="key">16, 24 or 32 bytes.</param>
internal sealed class ModuleCipher(ReadOnlySpan<byte> key) : IDisposable
{
    /// <summary>What a module takes more than its content.</summary>
    public const int Overhead = LengthBytes + NonceBytes + TagBytes;

    private const int LengthBytes = 4;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly AesGcm aes = new(key, TagBytes);

    /// <summary>Writes a module.</summary>
    public void Encrypt(ReadOnlySpan<byte> content, Stream target)
    {
        var module = new byte[content.Length + Overhead];
        BinaryPrimitives.WriteInt32LittleEndian(module, module.Length - LengthBytes);
        var nonce = module.AsSpan(LengthBytes, NonceBytes);
        // A nonce that came twice with one key would give the key away; 2^32 random ones are what NIST SP 800-38D allows.
        RandomNumberGenerator.Fill(nonce);
        aes.Encrypt(nonce, content, module.AsSpan(LengthBytes + NonceBytes, content.Length), module.AsSpan(^TagBytes..));
        target.Write(module);
    }

    /// <summary>Reads a module.</summary>
    /// <returns>Null where the key is another one, or the bytes are not what was written.</returns>
    public byte[]? TryDecrypt(ReadOnlySpan<byte> module)
    {
        if (module.Length < Overhead || BinaryPrimitives.ReadInt32LittleEndian(module) != module.Length - LengthBytes) return null;
        try
        {
            var content = new byte[module.Length - Overhead];
            aes.Decrypt(module.Slice(LengthBytes, NonceBytes), module[(LengthBytes + NonceBytes)..^TagBytes], module[^TagBytes..], content);
            return content;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    public void Dispose() => aes.Dispose();
}
