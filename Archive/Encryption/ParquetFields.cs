namespace Weir.Archive.Encryption;

/// <summary>Numbers of parquet.thrift: the fields that encryption changes or reads, and the marks of a file.</summary>
internal static class ParquetFields
{
    /// <summary>A file begins and ends with four bytes that say what it is.</summary>
    public const int MagicBytes = 4;

    /// <summary>The length of the footer, and the mark, at the end of a file.</summary>
    public const int TailBytes = 8;

    /// <summary>PageType.DICTIONARY_PAGE.</summary>
    public const int DictionaryPage = 2;

    public static ReadOnlySpan<byte> PlainMagic => "PAR1"u8;

    public static ReadOnlySpan<byte> EncryptedMagic => "PARE"u8;

    public static class FileMetaData { public const int Rows = 3, RowGroups = 4, KeyValues = 5; }

    public static class KeyValue { public const int Key = 1, Value = 2; }

    public static class RowGroup { public const int Columns = 1, Rows = 3, FileOffset = 5, CompressedSize = 6, Ordinal = 7; }

    public static class ColumnChunk
    {
        public const int FileOffset = 2, MetaData = 3, OffsetIndexOffset = 4, OffsetIndexLength = 5, ColumnIndexOffset = 6,
            ColumnIndexLength = 7, CryptoMetaData = 8;
    }

    public static class ColumnMetaData
    {
        public const int Path = 3, UncompressedSize = 6, CompressedSize = 7, DataPageOffset = 9, IndexPageOffset = 10, DictionaryPageOffset = 11,
            Statistics = 12, BloomFilterOffset = 14, BloomFilterLength = 15;
    }

    public static class Statistics { public const int Max = 5, Min = 6; }

    public static class PageHeader { public const int Type = 1, CompressedSize = 3; }

    public static class Crypto { public const int Algorithm = 1, KeyMetadata = 2, AesGcm = 1, WithFooterKey = 1; }

    public static class AesGcmV1 { public const int Prefix = 1, FileUnique = 2, PrefixIsElsewhere = 3; }
}
