using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weir.Archive.Encryption;

/// <summary>
/// Encrypts and decrypts the modules of one Parquet file by AES-GCM (Apache Parquet, "Parquet Modular Encryption",
/// AES_GCM_V1). A module is written as length (4 bytes, little-endian), nonce (12), ciphertext, tag (16); its place is
/// authenticated with it.
/// </summary>
/// <param name="key">16, 24 or 32 bytes.</param>
/// <param name="file">
/// What is authenticated of the file in each module: its identity and the bytes that were drawn for it. Empty for a file
/// of an older form, in which no places are authenticated.
/// </param>
internal sealed class ModuleCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> file) : IDisposable
{
    /// <summary>What a module takes more than its content.</summary>
    public const int Overhead = LengthBytes + NonceBytes + TagBytes;

    /// <summary>The bytes of the length that a module begins with.</summary>
    public const int LengthBytes = 4;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly AesGcm aes = new(key, TagBytes);
    private readonly byte[] file = file.ToArray();

    /// <summary>Writes a module.</summary>
    public void Encrypt(ReadOnlySpan<byte> content, ModulePlace place, Stream target)
    {
        var module = new byte[content.Length + Overhead];
        BinaryPrimitives.WriteInt32LittleEndian(module, module.Length - LengthBytes);
        var nonce = module.AsSpan(LengthBytes, NonceBytes);
        // A nonce that came twice with one key would give the key away; 2^32 random ones are what NIST SP 800-38D allows.
        RandomNumberGenerator.Fill(nonce);
        aes.Encrypt(nonce, content, module.AsSpan(LengthBytes + NonceBytes, content.Length), module.AsSpan(^TagBytes..), Authenticated(place));
        target.Write(module);
    }

    /// <summary>Reads a module.</summary>
    /// <param name="module">The module, whole.</param>
    /// <param name="place">Where it was found.</param>
    /// <param name="content">Takes what is in it; <see cref="Overhead"/> bytes less than the module.</param>
    /// <returns>False where the key is another one, or the bytes are not what was written at this place of this file.</returns>
    public bool TryDecrypt(ReadOnlySpan<byte> module, ModulePlace place, Span<byte> content)
    {
        if (module.Length < Overhead || BinaryPrimitives.ReadInt32LittleEndian(module) != module.Length - LengthBytes) return false;
        try
        {
            aes.Decrypt(
                module.Slice(LengthBytes, NonceBytes), module[(LengthBytes + NonceBytes)..^TagBytes], module[^TagBytes..], content, Authenticated(place));
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => aes.Dispose();

    private byte[] Authenticated(ModulePlace place) => file.Length == 0 ? [] : [.. file, .. place.Suffix()];
}

/// <summary>The kinds of modules that Weir writes, by the numbers of the standard (4.4.2).</summary>
internal enum ModuleKind : byte
{
    Footer = 0,
    DataPage = 2,
    DictionaryPage = 3,
    DataPageHeader = 4,
    DictionaryPageHeader = 5,
}

/// <summary>Where a module belongs in its file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="RowGroup">The row group's number in the file.</param>
/// <param name="Column">The column's number in the row group.</param>
/// <param name="Page">The number among the data pages of the column in the row group.</param>
internal readonly record struct ModulePlace(ModuleKind Kind, int RowGroup = 0, int Column = 0, int Page = 0)
{
    /// <summary>Places are counted in 16 bits, so there are no more row groups, columns, or pages than this.</summary>
    public const int Most = short.MaxValue + 1;

    public static ModulePlace Footer => new(ModuleKind.Footer);

    /// <summary>The place as it is authenticated: kind, then row group, column and page in little-endian order, as far as the kind has them.</summary>
    /// <exception cref="InvalidDataException">A number is larger than the standard can write.</exception>
    public byte[] Suffix()
    {
        if (RowGroup >= Most || Column >= Most || Page >= Most)
            throw new InvalidDataException($"An encrypted Parquet file can have {Most:N0} row groups, columns and pages of a column, but this has more.");
        var length = Kind switch
        {
            ModuleKind.Footer => 1,
            ModuleKind.DictionaryPage or ModuleKind.DictionaryPageHeader => 5,
            _ => 7,
        };
        Span<byte> suffix = stackalloc byte[7];
        suffix[0] = (byte)Kind;
        BinaryPrimitives.WriteInt16LittleEndian(suffix[1..], (short)RowGroup);
        BinaryPrimitives.WriteInt16LittleEndian(suffix[3..], (short)Column);
        BinaryPrimitives.WriteInt16LittleEndian(suffix[5..], (short)Page);
        return suffix[..length].ToArray();
    }
}
