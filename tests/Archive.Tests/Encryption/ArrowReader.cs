using ParquetSharp;

namespace Weir.Archive.Tests.Encryption;

/// <summary>Encrypted files as Apache Arrow reads them, whose C++ library is the standard's own implementation.</summary>
internal static class ArrowReader
{
    /// <summary>The keys, topics and payloads of a file.</summary>
    public static List<(MessageKey Key, string Topic, byte[]? Payload)> Read(string path, byte[] key)
    {
        using var builder = new FileDecryptionPropertiesBuilder();
        using var decryption = builder.FooterKey(key).Build();
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.FileDecryptionProperties = decryption;
        using var file = new ParquetFileReader(path, properties);
        List<(MessageKey, string, byte[]?)> rows = [];
        for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
        {
            using var rowGroup = file.RowGroup(group);
            var timestamps = Column<long?>(rowGroup, 0);
            var sequences = Column<long?>(rowGroup, 1);
            var topics = Column<string>(rowGroup, 2);
            var payloads = Column<byte[]?>(rowGroup, 3);
            // The others are read to see that they can be.
            Column<short?>(rowGroup, 4);
            Column<bool?>(rowGroup, 5);
            Column<long?>(rowGroup, 6);
            Column<byte[]?>(rowGroup, 7);
            for (var row = 0; row < timestamps.Length; row++) rows.Add((new MessageKey(timestamps[row]!.Value, sequences[row]!.Value), topics[row], payloads[row]));
        }
        return rows;
    }

    private static T[] Column<T>(RowGroupReader rowGroup, int index)
    {
        using var column = rowGroup.Column(index);
        using var reader = column.LogicalReader<T>();
        return reader.ReadAll((int)rowGroup.MetaData.NumRows);
    }
}
