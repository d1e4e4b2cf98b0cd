using System.Buffers.Binary;
using System.Text;

namespace Weir.Archive.Encryption;

/// <summary>
/// Turns a plain Parquet file into an encrypted one: every page, every page's header and the footer, with one key
/// (Apache Parquet, "Parquet Modular Encryption", AES_GCM_V1, footer encrypted), in the form that DuckDB reads. DuckDB
/// itself writes it only with a random number generator that it calls insecure.
/// </summary>
internal static class ParquetEncryption
{
    private const int MagicBytes = 4;
    private const int TailBytes = 8;
    private const int DictionaryPage = 2;

    private static ReadOnlySpan<byte> PlainMagic => "PAR1"u8;

    private static ReadOnlySpan<byte> EncryptedMagic => "PARE"u8;

    // Field numbers of parquet.thrift.
    private static class FileMetaData { public const int RowGroups = 4, KeyValues = 5; }

    private static class KeyValue { public const int Key = 1, Value = 2; }

    private static class RowGroup { public const int Columns = 1, FileOffset = 5, CompressedSize = 6, Ordinal = 7; }

    private static class ColumnChunk
    {
        public const int FileOffset = 2, MetaData = 3, OffsetIndexOffset = 4, OffsetIndexLength = 5, ColumnIndexOffset = 6,
            ColumnIndexLength = 7, CryptoMetaData = 8;
    }

    private static class ColumnMetaData
    {
        public const int UncompressedSize = 6, CompressedSize = 7, DataPageOffset = 9, IndexPageOffset = 10, DictionaryPageOffset = 11,
            BloomFilterOffset = 14, BloomFilterLength = 15;
    }

    private static class PageHeader { public const int Type = 1, CompressedSize = 3; }

    private static class Crypto { public const int Algorithm = 1, KeyMetadata = 2, AesGcm = 1, WithFooterKey = 1; }

    /// <summary>Encrypts a file.</summary>
    /// <param name="plain">The plain file, whole.</param>
    /// <param name="keyName">Written into the file in clear, so that a reader knows what to ask for.</param>
    /// <param name="key">16, 24 or 32 bytes.</param>
    /// <param name="target">Takes the encrypted file.</param>
    /// <exception cref="InvalidDataException">It is no plain Parquet file.</exception>
    public static void Encrypt(ReadOnlySpan<byte> plain, string keyName, ReadOnlySpan<byte> key, Stream target)
    {
        if (plain.Length < MagicBytes + TailBytes || !plain[..MagicBytes].SequenceEqual(PlainMagic) || !plain[^MagicBytes..].SequenceEqual(PlainMagic))
            throw new InvalidDataException("This is no plain Parquet file.");
        var footerLength = BinaryPrimitives.ReadInt32LittleEndian(plain[^TailBytes..]);
        var footer = ThriftStruct.Read(plain[^(footerLength + TailBytes)..^TailBytes], out _);

        using var cipher = new ModuleCipher(key);
        target.Write(EncryptedMagic);
        long position = MagicBytes;
        var number = 0;
        foreach (var rowGroup in footer.List(FileMetaData.RowGroups).Values.Cast<ThriftStruct>())
            position = EncryptRowGroup(plain, rowGroup, number++, cipher, target, position);

        var tail = new MemoryStream();
        tail.Write(CryptoMetaData(keyName));
        cipher.Encrypt(footer.ToBytes(), tail);
        var length = (int)tail.Length;
        tail.Position = 0;
        tail.CopyTo(target);
        Span<byte> end = stackalloc byte[TailBytes];
        BinaryPrimitives.WriteInt32LittleEndian(end, length);
        EncryptedMagic.CopyTo(end[MagicBytes..]);
        target.Write(end);
    }

    /// <summary>Reads the key-value metadata of an encrypted file out of its footer.</summary>
    /// <param name="file">The encrypted file.</param>
    /// <param name="key">16, 24 or 32 bytes.</param>
    /// <returns>Null where the file was encrypted with another key.</returns>
    /// <exception cref="InvalidDataException">It is no encrypted Parquet file.</exception>
    public static IReadOnlyDictionary<string, string>? TryReadMetadata(Stream file, ReadOnlySpan<byte> key)
    {
        var end = new byte[TailBytes];
        if (file.Length < MagicBytes + TailBytes) throw NotEncrypted();
        file.Position = file.Length - TailBytes;
        file.ReadExactly(end);
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (!end.AsSpan(MagicBytes).SequenceEqual(EncryptedMagic) || length <= 0 || length > file.Length - TailBytes - MagicBytes) throw NotEncrypted();
        var tail = new byte[length];
        file.Position = file.Length - TailBytes - length;
        file.ReadExactly(tail);
        ThriftStruct.Read(tail, out var cryptoLength);
        using var cipher = new ModuleCipher(key);
        if (cipher.TryDecrypt(tail.AsSpan(cryptoLength)) is not { } content) return null;
        var footer = ThriftStruct.Read(content, out _);
        if (!footer.Has(FileMetaData.KeyValues)) return new Dictionary<string, string>();
        return footer.List(FileMetaData.KeyValues).Values.Cast<ThriftStruct>().ToDictionary(
            entry => Encoding.UTF8.GetString(entry.Bytes(KeyValue.Key)), entry => Encoding.UTF8.GetString(entry.Bytes(KeyValue.Value)));
    }

    private static long EncryptRowGroup(
        ReadOnlySpan<byte> plain, ThriftStruct rowGroup, int number, ModuleCipher cipher, Stream target, long position)
    {
        var start = position;
        foreach (var chunk in rowGroup.List(RowGroup.Columns).Values.Cast<ThriftStruct>())
            position = EncryptChunk(plain, chunk, cipher, target, position);
        rowGroup.Set(RowGroup.FileOffset, ThriftType.Int64, start);
        rowGroup.Set(RowGroup.CompressedSize, ThriftType.Int64, position - start);
        rowGroup.Set(RowGroup.Ordinal, ThriftType.Int16, (long)number);
        return position;
    }

    private static long EncryptChunk(ReadOnlySpan<byte> plain, ThriftStruct chunk, ModuleCipher cipher, Stream target, long position)
    {
        var meta = chunk.Struct(ColumnChunk.MetaData);
        var begin = meta.Has(ColumnMetaData.DictionaryPageOffset)
            ? Math.Min(meta.Integer(ColumnMetaData.DictionaryPageOffset), meta.Integer(ColumnMetaData.DataPageOffset))
            : meta.Integer(ColumnMetaData.DataPageOffset);
        var left = plain.Slice(checked((int)begin), checked((int)meta.Integer(ColumnMetaData.CompressedSize)));
        var start = position;
        long? firstData = null;
        while (!left.IsEmpty)
        {
            var header = ThriftStruct.Read(left, out var headerLength);
            var content = left.Slice(headerLength, checked((int)header.Integer(PageHeader.CompressedSize)));
            var headerBytes = left[..headerLength];
            left = left[(headerLength + content.Length)..];
            if (header.Integer(PageHeader.Type) != DictionaryPage) firstData ??= position;
            cipher.Encrypt(headerBytes, target);
            cipher.Encrypt(content, target);
            position += headerBytes.Length + content.Length + 2 * ModuleCipher.Overhead;
        }

        var added = position - start - meta.Integer(ColumnMetaData.CompressedSize);
        meta.Set(ColumnMetaData.CompressedSize, ThriftType.Int64, position - start);
        meta.Set(ColumnMetaData.UncompressedSize, ThriftType.Int64, meta.Integer(ColumnMetaData.UncompressedSize) + added);
        meta.Set(ColumnMetaData.DataPageOffset, ThriftType.Int64, firstData ?? start);
        if (meta.Has(ColumnMetaData.DictionaryPageOffset)) meta.Set(ColumnMetaData.DictionaryPageOffset, ThriftType.Int64, start);
        // What helps a reader to skip, and would have to be encrypted too, is left out.
        foreach (var field in (ReadOnlySpan<int>)[ColumnMetaData.IndexPageOffset, ColumnMetaData.BloomFilterOffset, ColumnMetaData.BloomFilterLength])
            meta.Remove(field);
        foreach (var field in (ReadOnlySpan<int>)[ColumnChunk.OffsetIndexOffset, ColumnChunk.OffsetIndexLength, ColumnChunk.ColumnIndexOffset, ColumnChunk.ColumnIndexLength])
            chunk.Remove(field);
        chunk.Set(ColumnChunk.FileOffset, ThriftType.Int64, start);
        var withFooterKey = new ThriftStruct();
        withFooterKey.Set(Crypto.WithFooterKey, ThriftType.Struct, new ThriftStruct());
        chunk.Set(ColumnChunk.CryptoMetaData, ThriftType.Struct, withFooterKey);
        return position;
    }

    private static byte[] CryptoMetaData(string keyName)
    {
        var algorithm = new ThriftStruct();
        algorithm.Set(Crypto.AesGcm, ThriftType.Struct, new ThriftStruct());
        var crypto = new ThriftStruct();
        crypto.Set(Crypto.Algorithm, ThriftType.Struct, algorithm);
        crypto.Set(Crypto.KeyMetadata, ThriftType.Binary, Encoding.UTF8.GetBytes(keyName));
        return crypto.ToBytes();
    }

    private static InvalidDataException NotEncrypted() => new("This is no encrypted Parquet file.");
}
