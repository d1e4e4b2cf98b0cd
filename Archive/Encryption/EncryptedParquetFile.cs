using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using static Weir.Archive.Encryption.ParquetFields;

namespace Weir.Archive.Encryption;

/// <summary>
/// An encrypted Parquet file, open for reading a row group at a time: each becomes a plain Parquet file of its own in
/// memory, which any reader takes. DuckDB 1.5 cannot be given the file itself: it looks for the place of a page only in
/// columns that have no filter and a single data page, and takes a right page for a wrong one elsewhere. For one thread.
/// </summary>
internal sealed class EncryptedParquetFile : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly ModuleCipher cipher;
    private readonly ThriftStruct footer;

    private EncryptedParquetFile(SafeFileHandle handle, ModuleCipher cipher, ThriftStruct footer, string identity)
    {
        (this.handle, this.cipher, this.footer, Identity) = (handle, cipher, footer, identity);
        Metadata = ReadMetadata(footer);
        RowGroups = [.. footer.List(FileMetaData.RowGroups).Values.Cast<ThriftStruct>().Select((group, index) => new EncryptedRowGroup(index, group))];
    }

    /// <summary>Which file it says that it is; empty where it says nothing.</summary>
    public string Identity { get; }

    /// <summary>Its key-value metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyList<EncryptedRowGroup> RowGroups { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="key">16, 24 or 32 bytes.</param>
    /// <returns>Null where it was encrypted with another key.</returns>
    /// <exception cref="InvalidDataException">It is no encrypted Parquet file.</exception>
    public static EncryptedParquetFile? TryOpen(string path, ReadOnlySpan<byte> key)
    {
        var handle = File.OpenHandle(path);
        ModuleCipher? cipher = null;
        try
        {
            var tail = ReadTail(handle);
            var crypto = ThriftStruct.Read(tail, out var cryptoLength);
            var aes = crypto.Struct(Crypto.Algorithm).Has(Crypto.AesGcm)
                ? crypto.Struct(Crypto.Algorithm).Struct(Crypto.AesGcm)
                : throw new InvalidDataException("It is encrypted in another way than AES_GCM_V1.");
            if (aes.Has(AesGcmV1.PrefixIsElsewhere) && aes.IsTrue(AesGcmV1.PrefixIsElsewhere)) throw new InvalidDataException("Its identity is not in it.");
            var prefix = aes.Bytes(AesGcmV1.Prefix);
            cipher = new ModuleCipher(key, [.. prefix, .. aes.Bytes(AesGcmV1.FileUnique)]);
            var module = tail.AsSpan(cryptoLength);
            if (module.Length < ModuleCipher.Overhead) throw NotEncrypted();
            var content = new byte[module.Length - ModuleCipher.Overhead];
            if (cipher.TryDecrypt(module, ModulePlace.Footer, content))
            {
                var file = new EncryptedParquetFile(handle, cipher, ThriftStruct.Read(content, out _), Encoding.UTF8.GetString(prefix));
                (handle, cipher) = (null!, null);
                return file;
            }
            return null;
        }
        finally
        {
            cipher?.Dispose();
            handle?.Dispose();
        }
    }

    /// <summary>Writes a row group as a plain Parquet file into memory.</summary>
    /// <exception cref="InvalidDataException">A page of it is not the one that was written there.</exception>
    public MemoryFile Decrypt(EncryptedRowGroup rowGroup)
    {
        var plain = new MemoryFile();
        try
        {
            plain.Append(PlainMagic);
            var group = rowGroup.Copy();
            var column = 0;
            foreach (var chunk in group.List(RowGroup.Columns).Values.Cast<ThriftStruct>())
                DecryptChunk(chunk, new ModulePlace(default, rowGroup.Ordinal, column++), plain);
            group.Set(RowGroup.FileOffset, ThriftType.Int64, (long)MagicBytes);
            group.Set(RowGroup.CompressedSize, ThriftType.Int64, plain.Length - MagicBytes);
            group.Set(RowGroup.Ordinal, ThriftType.Int16, 0L);
            var whole = footer.With(
                (FileMetaData.Rows, ThriftType.Int64, rowGroup.Rows),
                (FileMetaData.RowGroups, ThriftType.List, new ThriftList(ThriftType.Struct, [group])));
            var bytes = whole.ToBytes();
            plain.Append(bytes);
            Span<byte> end = stackalloc byte[TailBytes];
            BinaryPrimitives.WriteInt32LittleEndian(end, bytes.Length);
            PlainMagic.CopyTo(end[MagicBytes..]);
            plain.Append(end);
            return plain;
        }
        catch
        {
            plain.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        cipher.Dispose();
        handle.Dispose();
    }

    private void DecryptChunk(ThriftStruct chunk, ModulePlace place, MemoryFile plain)
    {
        var meta = chunk.Struct(ColumnChunk.MetaData);
        var (from, length) = (ColumnPages.Start(meta), checked((int)meta.Integer(ColumnMetaData.CompressedSize)));
        var start = plain.Length;
        long? firstData = null;
        var modules = ArrayPool<byte>.Shared.Rent(length);
        var page = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Read(handle, modules.AsSpan(0, length), from);
            var hasDictionary = meta.Has(ColumnMetaData.DictionaryPageOffset);
            for (ReadOnlySpan<byte> left = modules.AsSpan(0, length); !left.IsEmpty;)
            {
                var headerBytes = Take(ref left, place with { Kind = hasDictionary ? ModuleKind.DictionaryPageHeader : ModuleKind.DataPageHeader }, page);
                var header = ThriftStruct.Read(headerBytes, out _);
                if (header.Integer(PageHeader.Type) == DictionaryPage != hasDictionary) throw new InvalidDataException("It has a dictionary where there should be data.");
                if (!hasDictionary) firstData ??= plain.Length;
                var content = Take(ref left, place with { Kind = hasDictionary ? ModuleKind.DictionaryPage : ModuleKind.DataPage }, page);
                header.Set(PageHeader.CompressedSize, ThriftType.Int32, (long)content.Length);
                plain.Append(header.ToBytes());
                plain.Append(content);
                if (!hasDictionary) place = place with { Page = place.Page + 1 };
                hasDictionary = false;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(page, clearArray: true);
            ArrayPool<byte>.Shared.Return(modules);
        }
        ColumnPages.Move(chunk, meta, start, firstData ?? start, plain.Length - start, plain.Length - start - length);
        chunk.Remove(ColumnChunk.CryptoMetaData);
    }

    private ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> left, ModulePlace place, byte[] target)
    {
        var length = left.Length < ModuleCipher.Overhead ? -1 : BinaryPrimitives.ReadInt32LittleEndian(left);
        if (length < ModuleCipher.Overhead - ModuleCipher.LengthBytes || length > left.Length - ModuleCipher.LengthBytes)
            throw new InvalidDataException($"A page of row group {place.RowGroup}, column {place.Column} is cut off.");
        var module = left[..(length + ModuleCipher.LengthBytes)];
        left = left[module.Length..];
        var content = target.AsSpan(0, module.Length - ModuleCipher.Overhead);
        if (!cipher.TryDecrypt(module, place, content))
            throw new InvalidDataException($"What lies at row group {place.RowGroup}, column {place.Column}, page {place.Page} is not what was written there.");
        return content;
    }

    private static byte[] ReadTail(SafeFileHandle handle)
    {
        var size = RandomAccess.GetLength(handle);
        if (size < MagicBytes + TailBytes) throw NotEncrypted();
        var end = new byte[TailBytes];
        Read(handle, end, size - TailBytes);
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (!end.AsSpan(MagicBytes).SequenceEqual(EncryptedMagic) || length <= 0 || length > size - TailBytes - MagicBytes) throw NotEncrypted();
        var tail = new byte[length];
        Read(handle, tail, size - TailBytes - length);
        return tail;
    }

    private static void Read(SafeFileHandle handle, Span<byte> target, long from)
    {
        for (int read; !target.IsEmpty; from += read)
        {
            read = RandomAccess.Read(handle, target, from);
            if (read == 0) throw new InvalidDataException("It is cut off.");
            target = target[read..];
        }
    }

    private static Dictionary<string, string> ReadMetadata(ThriftStruct footer) =>
        !footer.Has(FileMetaData.KeyValues) ? [] : footer.List(FileMetaData.KeyValues).Values.Cast<ThriftStruct>().ToDictionary(
            entry => Encoding.UTF8.GetString(entry.Bytes(KeyValue.Key)), entry => Encoding.UTF8.GetString(entry.Bytes(KeyValue.Value)));

    private static InvalidDataException NotEncrypted() => new("This is no encrypted Parquet file.");
}

/// <summary>A row group of an encrypted file.</summary>
internal sealed class EncryptedRowGroup(int index, ThriftStruct group)
{
    /// <summary>Its number, as it is authenticated with its pages.</summary>
    public int Ordinal { get; } = group.Has(RowGroup.Ordinal) ? checked((int)group.Integer(RowGroup.Ordinal)) : index;

    public long Rows => group.Integer(RowGroup.Rows);

    /// <summary>The least and the greatest value of a column of 64-bit integers; all there are where the file does not say.</summary>
    public (long Least, long Greatest) Range(string column)
    {
        var name = Encoding.UTF8.GetBytes(column);
        foreach (var chunk in group.List(RowGroup.Columns).Values.Cast<ThriftStruct>())
        {
            var meta = chunk.Struct(ColumnChunk.MetaData);
            if (meta.List(ColumnMetaData.Path).Values is not [byte[] own] || !own.AsSpan().SequenceEqual(name) || !meta.Has(ColumnMetaData.Statistics)) continue;
            var statistics = meta.Struct(ColumnMetaData.Statistics);
            if (statistics.Bytes(Statistics.Min) is { Length: sizeof(long) } least && statistics.Bytes(Statistics.Max) is { Length: sizeof(long) } greatest)
                return (BinaryPrimitives.ReadInt64LittleEndian(least), BinaryPrimitives.ReadInt64LittleEndian(greatest));
        }
        return (long.MinValue, long.MaxValue);
    }

    /// <summary>Its structure, to be changed by the taker.</summary>
    public ThriftStruct Copy() => ThriftStruct.Read(group.ToBytes(), out _);
}
