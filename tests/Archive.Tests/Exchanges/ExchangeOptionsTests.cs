using Weir.Streams;

namespace Weir.Archive.Tests.Exchanges;

public sealed class ExchangeOptionsTests
{
    private static readonly ExchangeOptions Good = new() { Name = "telemetry" };

    public static TheoryData<string, ExchangeOptions> Faults => new()
    {
        { "exchange 'telemetry': ring.capacity must be between 1 and 10,000,000, but is 0", Good with { Ring = new RingOptions { Capacity = 0 } } },
        { "exchange 'telemetry': ring.max-bytes must be between 65,536 and 68,719,476,736, but is 1", Good with { Ring = new RingOptions { MaxBytes = 1 } } },
        { "exchange 'telemetry': ring.max-age must be between 00:00:01 and 366.00:00:00, but is 00:00:00.5000000", Good with { Ring = new RingOptions { MaxAge = TimeSpan.FromSeconds(0.5) } } },
        { "exchange 'telemetry': roll.max-rows must be between 1 and 100,000,000, but is -1", Good with { Roll = new RollOptions { MaxRows = -1 } } },
        { "exchange 'telemetry': roll.max-bytes must be between 4,096 and 17,179,869,184, but is 4,095", Good with { Roll = new RollOptions { MaxBytes = 4_095 } } },
        { "exchange 'telemetry': roll.max-age must be between 00:00:00.1000000 and 366.00:00:00, but is 00:00:00", Good with { Roll = new RollOptions { MaxAge = default } } },
        { "exchange 'telemetry': parquet.row-group-rows must be between 2,048 and 1,000,000, but is 2,047", Good with { Parquet = new ParquetOptions { RowGroupRows = 2_047 } } },
        { "exchange 'telemetry': parquet.compression must be zstd, snappy, gzip, lz4, brotli or none, but is 7", Good with { Parquet = new ParquetOptions { Compression = (ParquetCompression)7 } } },
        { "exchange 'telemetry': ring.when-full must be spill, drop-oldest, reject or block, but is 9", Good with { Ring = new RingOptions { WhenFull = (FullOperation)9 } } },
        { "exchange 'telemetry': ring.drop-count must be between 1 and 10,000,000, but is 0", Good with { Ring = new RingOptions { DropCount = 0 } } },
        { "exchange 'telemetry': ring.block-deadline must be between 00:00:00.0010000 and 00:10:00, but is 00:00:00", Good with { Ring = new RingOptions { BlockDeadline = default } } },
        { "exchange 'telemetry': parquet.encryption-key must have 1 to 64 characters out of letters, digits, '.' and '-', beginning with a letter or a digit, but is 'a_b'", Good with { Parquet = new ParquetOptions { EncryptionKey = "a_b" } } },
        { "exchange 'telemetry': roll.max-bytes must be at most 1,073,741,824 where files are encrypted, but is 2,147,483,648", Good with { Parquet = new ParquetOptions { EncryptionKey = "a" }, Roll = new RollOptions { MaxBytes = 2L << 30 } } },
        { "exchange 'telemetry': roll.max-rows must be at most 67,108,864 where files are encrypted in row groups of 2,048, but is 67,108,865", Good with { Parquet = new ParquetOptions { EncryptionKey = "a", RowGroupRows = 2_048 }, Roll = new RollOptions { MaxRows = 67_108_865 } } },
        { "exchange 'telemetry': folder must be a full path, such as /mnt/history, but is 'history'", Good with { Folder = "history" } },
        { "exchange 'telemetry': retention.max-bytes must be at least 1,048,576, but is 1", Good with { Retention = new RetentionOptions { MaxBytes = 1 } } },
        { "exchange 'telemetry': retention.max-files must be at least 1, but is 0", Good with { Retention = new RetentionOptions { MaxFiles = 0 } } },
        { "exchange 'telemetry': retention.max-age must be at least 00:00:01, but is 00:00:00", Good with { Retention = new RetentionOptions { MaxAge = TimeSpan.Zero } } },
        { "exchange 'telemetry': stream.max-bytes must be at least two segments (134,217,728 bytes), but is 5", Good with { Stream = new StreamOptions { MaxBytes = 5 } } },
        { "exchange 'telemetry': stream.max-age must be longer than roll.max-age (00:10:00), but is 00:10:00", Good with { Stream = new StreamOptions { MaxAge = TimeSpan.FromMinutes(10) } } },
        { "exchange 'telemetry': topic-filters must not have an empty entry", Good with { TopicFilters = ["a", ""] } },
        { "exchange 'a_b': name must have 1 to 100 characters out of letters, digits, '.' and '-', beginning with a letter or a digit", new ExchangeOptions { Name = "a_b" } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_wrong_option_is_a_sentence(string sentence, ExchangeOptions options) =>
        Assert.Equal([sentence], options.Problems());

    [Fact]
    public void The_defaults_are_right() => Assert.Empty(Good.Problems());

    [Fact]
    public async Task An_exchange_does_not_open_with_wrong_options_and_says_all_that_is_wrong()
    {
        await using var site = new Site();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => site.OpenAsync(
            Good with { Ring = new RingOptions { Capacity = 0 }, Retention = new RetentionOptions { MaxFiles = 0 } }));
        Assert.Contains("ring.capacity", error.Message, StringComparison.Ordinal);
        Assert.Contains("retention.max-files", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_options_change_nothing_in_a_running_exchange()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => exchange.ApplyAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 0 } }));
        await Assert.ThrowsAsync<ArgumentException>(() => exchange.ApplyAsync(Site.Quiet with { Name = "other" }));
        Assert.Equal(Site.Quiet, exchange.Options);
    }
}
