using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static Weir.Archive.Encryption.ParquetFields;

namespace Weir.Archive.Encryption;

/// <summary>
/// Writes an encrypted Parquet file out of plain ones, whose row groups it takes in turn: every page, every page's header
/// and the footer, with one key (Apache Parquet, "Parquet Modular Encryption", AES_GCM_V1, footer encrypted). Each module
/// is bound to the file and to its place in it, so none can take another's place. DuckDB itself writes no such binding, and
/// a random number generator that it calls insecure. For one thread.
/// </summary>
internal sealed class EncryptedParquetWriter : IDisposable
{
    private const int UniqueBytes = 8;

    private readonly Stream target;
    private readonly ModuleCipher cipher;
    private readonly byte[] cryptoMetaData;
    private readonly List<object> rowGroups = [];
    private ThriftStruct? footer;
    private long rows;
    private long position = MagicBytes;

    /// <summary>Begins a file.</summary>
    /// <param name="target">Takes the encrypted file; it stays open.</param>
    /// <param name="keyName">Written into the file in clear, so that a reader knows what to ask for.</param>
    /// <param name="key">16, 24 or 32 bytes.</param>
    /// <param name="identity">
    /// Which file it is, in clear: the standard's prefix. A reader that knows which file it opened finds out by it whether
    /// another was put in its place. Empty for none.
    /// </param>
    public EncryptedParquetWriter(Stream target, string keyName, ReadOnlySpan<byte> key, string identity)
    {
        this.target = target;
        var prefix = Encoding.UTF8.GetBytes(identity);
        var unique = RandomNumberGenerator.GetBytes(UniqueBytes);
        cipher = new ModuleCipher(key, [.. prefix, .. unique]);
        cryptoMetaData = CryptoMetaData(keyName, prefix, unique);
        target.Write(EncryptedMagic);
    }

    /// <summary>Takes the row groups of a plain file behind those that it has. All must be of one schema; the metadata is that of the first.</summary>
    /// <exception cref="InvalidDataException">It is no plain Parquet file, or there are more parts than the standard can count.</exception>
    public void Append(ReadOnlySpan<byte> plain)
    {
        if (plain.Length < MagicBytes + TailBytes || !plain[..MagicBytes].SequenceEqual(PlainMagic) || !plain[^MagicBytes..].SequenceEqual(PlainMagic))
            throw new InvalidDataException("This is no plain Parquet file.");
        var footerLength = BinaryPrimitives.ReadInt32LittleEndian(plain[^TailBytes..]);
        var own = ThriftStruct.Read(plain[^(footerLength + TailBytes)..^TailBytes], out _);
        footer ??= own;
        rows += own.Integer(FileMetaData.Rows);
        foreach (var rowGroup in own.List(FileMetaData.RowGroups).Values.Cast<ThriftStruct>())
        {
            EncryptRowGroup(plain, rowGroup, rowGroups.Count);
            rowGroups.Add(rowGroup);
        }
    }

    /// <summary>Writes the footer: the file is whole.</summary>
    public void Finish()
    {
        var whole = (footer ?? throw new InvalidOperationException("A file needs a schema, and nothing was appended."))
            .With((FileMetaData.Rows, ThriftType.Int64, rows), (FileMetaData.RowGroups, ThriftType.List, new ThriftList(ThriftType.Struct, rowGroups)));
        var tail = new MemoryStream();
        tail.Write(cryptoMetaData);
        cipher.Encrypt(whole.ToBytes(), ModulePlace.Footer, tail);
        var length = (int)tail.Length;
        tail.Position = 0;
        tail.CopyTo(target);
        Span<byte> end = stackalloc byte[TailBytes];
        BinaryPrimitives.WriteInt32LittleEndian(end, length);
        EncryptedMagic.CopyTo(end[MagicBytes..]);
        target.Write(end);
    }

    public void Dispose() => cipher.Dispose();

    private void EncryptRowGroup(ReadOnlySpan<byte> plain, ThriftStruct rowGroup, int number)
    {
        var start = position;
        var column = 0;
        foreach (var chunk in rowGroup.List(RowGroup.Columns).Values.Cast<ThriftStruct>())
            EncryptChunk(plain, chunk, new ModulePlace(default, number, column++));
        rowGroup.Set(RowGroup.FileOffset, ThriftType.Int64, start);
        rowGroup.Set(RowGroup.CompressedSize, ThriftType.Int64, position - start);
        rowGroup.Set(RowGroup.Ordinal, ThriftType.Int16, (long)number);
    }

    private void EncryptChunk(ReadOnlySpan<byte> plain, ThriftStruct chunk, ModulePlace place)
    {
        var meta = chunk.Struct(ColumnChunk.MetaData);
        var left = plain.Slice(checked((int)ColumnPages.Start(meta)), checked((int)meta.Integer(ColumnMetaData.CompressedSize)));
        var start = position;
        long? firstData = null;
        while (!left.IsEmpty)
        {
            var header = ThriftStruct.Read(left, out var headerLength);
            var content = left.Slice(headerLength, checked((int)header.Integer(PageHeader.CompressedSize)));
            left = left[(headerLength + content.Length)..];
            var isDictionary = header.Integer(PageHeader.Type) == DictionaryPage;
            if (!isDictionary) firstData ??= position;
            // The size in a page's header is that of what lies behind it: the encrypted page.
            header.Set(PageHeader.CompressedSize, ThriftType.Int32, (long)content.Length + ModuleCipher.Overhead);
            var headerBytes = header.ToBytes();
            cipher.Encrypt(headerBytes, place with { Kind = isDictionary ? ModuleKind.DictionaryPageHeader : ModuleKind.DataPageHeader }, target);
            cipher.Encrypt(content, place with { Kind = isDictionary ? ModuleKind.DictionaryPage : ModuleKind.DataPage }, target);
            if (!isDictionary) place = place with { Page = place.Page + 1 };
            position += headerBytes.Length + content.Length + 2 * ModuleCipher.Overhead;
        }

        var added = position - start - meta.Integer(ColumnMetaData.CompressedSize);
        ColumnPages.Move(chunk, meta, start, firstData ?? start, position - start, added);
        // What helps a reader to skip, and would have to be encrypted too, is left out.
        foreach (var field in (ReadOnlySpan<int>)[ColumnMetaData.IndexPageOffset, ColumnMetaData.BloomFilterOffset, ColumnMetaData.BloomFilterLength])
            meta.Remove(field);
        foreach (var field in (ReadOnlySpan<int>)[ColumnChunk.OffsetIndexOffset, ColumnChunk.OffsetIndexLength, ColumnChunk.ColumnIndexOffset, ColumnChunk.ColumnIndexLength])
            chunk.Remove(field);
        var withFooterKey = new ThriftStruct();
        withFooterKey.Set(Crypto.WithFooterKey, ThriftType.Struct, new ThriftStruct());
        chunk.Set(ColumnChunk.CryptoMetaData, ThriftType.Struct, withFooterKey);
    }

    private static byte[] CryptoMetaData(string keyName, byte[] prefix, byte[] unique)
    {
        var aes = new ThriftStruct();
        if (prefix.Length > 0) aes.Set(AesGcmV1.Prefix, ThriftType.Binary, prefix);
        aes.Set(AesGcmV1.FileUnique, ThriftType.Binary, unique);
        var algorithm = new ThriftStruct();
        algorithm.Set(Crypto.AesGcm, ThriftType.Struct, aes);
        var crypto = new ThriftStruct();
        crypto.Set(Crypto.Algorithm, ThriftType.Struct, algorithm);
        crypto.Set(Crypto.KeyMetadata, ThriftType.Binary, Encoding.UTF8.GetBytes(keyName));
        return crypto.ToBytes();
    }
}

/// <summary>The pages of one column in one row group, which lie one behind the other.</summary>
internal static class ColumnPages
{
    /// <summary>Where the first of them begins.</summary>
    public static long Start(ThriftStruct meta) =>
        meta.Has(ColumnMetaData.DictionaryPageOffset)
            ? Math.Min(meta.Integer(ColumnMetaData.DictionaryPageOffset), meta.Integer(ColumnMetaData.DataPageOffset))
            : meta.Integer(ColumnMetaData.DataPageOffset);

    /// <summary>Says where they lie now, and how much longer they have become.</summary>
    public static void Move(ThriftStruct chunk, ThriftStruct meta, long start, long firstData, long length, long added)
    {
        meta.Set(ColumnMetaData.CompressedSize, ThriftType.Int64, length);
        meta.Set(ColumnMetaData.UncompressedSize, ThriftType.Int64, meta.Integer(ColumnMetaData.UncompressedSize) + added);
        meta.Set(ColumnMetaData.DataPageOffset, ThriftType.Int64, firstData);
        if (meta.Has(ColumnMetaData.DictionaryPageOffset)) meta.Set(ColumnMetaData.DictionaryPageOffset, ThriftType.Int64, start);
        chunk.Set(ColumnChunk.FileOffset, ThriftType.Int64, start);
    }
}
