using System.Text.Json;

namespace Weir.Archive.Tests.Files;

/// <summary>The archive's files as another implementation of Parquet reads them: hyparquet, on Node.js.</summary>
public sealed class ParquetFormatTests
{
    [Theory]
    [InlineData(ParquetCompression.Zstd)]
    [InlineData(ParquetCompression.Snappy)]
    [InlineData(ParquetCompression.Gzip)]
    [InlineData(ParquetCompression.Lz4)]
    [InlineData(ParquetCompression.Brotli)]
    [InlineData(ParquetCompression.None)]
    public async Task Every_row_reads_the_same(ParquetCompression compression)
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with { Parquet = new ParquetOptions { Compression = compression, RowGroupRows = 2_048 } });
        await exchange.AcceptAsync(0, 5_000);
        var received = MessageKeySource.Now(TimeProvider.System) - 5_000_000;
        await exchange.AcceptAsync(
        [
            new("späť/北京/😀"u8.ToArray(), Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), 2, true, received, "properties"u8.ToArray()),
            new("empty"u8.ToArray(), default, 1),
            new("large"u8.ToArray(), Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7)).ToArray()),
        ]);
        await exchange.FlushAsync();
        var expected = await exchange.AllAsync();

        var rows = await Hyparquet.ReadAsync(Assert.Single(site.Files()));
        Assert.Equal(expected.Count, rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var (message, row) = (expected[i], rows[i]);
            Assert.Equal(message.Key.ToString(), $"{row.GetProperty("ts").GetString()}-{row.GetProperty("seq").GetString()}");
            Assert.Equal(message.Topic, row.GetProperty("topic").GetString());
            Assert.True(message.Payload.Span.SequenceEqual(row.GetProperty("payload").GetBytesFromBase64()), message.Topic);
            Assert.Equal((message.Qos, message.Retain), ((byte)row.GetProperty("qos").GetInt16(), row.GetProperty("retain").GetBoolean()));
            var other = row.TryGetProperty("received", out var given) && given.ValueKind == JsonValueKind.String ? long.Parse(given.GetString()!) : message.Key.TimestampMicros;
            Assert.Equal(message.ReceivedMicros, other);
            var properties = row.TryGetProperty("properties", out var kept) && kept.ValueKind == JsonValueKind.String ? kept.GetBytesFromBase64() : [];
            Assert.Equal(message.Properties.ToArray(), properties);
        }
    }
}
