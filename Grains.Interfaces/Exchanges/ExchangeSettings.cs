namespace Weir.Grains.Interfaces.Exchanges;

/// <summary>What a person sets of an exchange. All of it may change while the exchange runs.</summary>
[GenerateSerializer, Immutable, Alias("weir.ExchangeSettings")]
public sealed record ExchangeSettings
{
    /// <summary>The MQTT topic filters whose messages it keeps; at least one.</summary>
    [Id(0)] public required IReadOnlyList<string> Filters { get; init; }

    /// <summary>Most messages in the ring, 1 to 10,000,000.</summary>
    [Id(1)] public int RingMessages { get; init; } = 100_000;

    /// <summary>Most bytes in the ring, 64 KiB to 64 GiB.</summary>
    [Id(2)] public long RingBytes { get; init; } = 64L << 20;

    /// <summary>Longest that a message stays without a Parquet file, 100 ms to 366 days.</summary>
    [Id(3)] public TimeSpan RingAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Most bytes of Parquet files that are kept; the oldest go first.</summary>
    [Id(4)] public long ArchiveBytes { get; init; } = 10L << 30;

    /// <summary>Greatest age of a Parquet file; null keeps any age.</summary>
    [Id(5)] public TimeSpan? ArchiveAge { get; init; }

    /// <summary>What happens when the ring is full of messages that have no file yet.</summary>
    [Id(6)] public FullOperation WhenFull { get; init; } = FullOperation.Spill;

    /// <summary>How many messages <see cref="FullOperation.DropOldest"/> lets go of at once, 1 to 10,000,000.</summary>
    [Id(7)] public int DropCount { get; init; } = 1_000;

    /// <summary>How long <see cref="FullOperation.Block"/> holds publishers back before it refuses, 1 ms to 10 min.</summary>
    [Id(8)] public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What an acknowledged message has survived.</summary>
    [Id(9)] public MessageDurability Durability { get; init; } = MessageDurability.Written;

    /// <summary>Age at which messages that have a file leave the ring, 1 s to 366 days; null leaves them until there is no room.</summary>
    [Id(10)] public TimeSpan? MemoryAge { get; init; }

    /// <summary>Most rows of a Parquet file, 1 to 100,000,000.</summary>
    [Id(11)] public long FileRows { get; init; } = 1_000_000;

    /// <summary>Most bytes of messages in a Parquet file, before compression, 4 KiB to 16 GiB; to 1 GiB where files are encrypted.</summary>
    [Id(12)] public long FileBytes { get; init; } = 128L << 20;

    /// <summary>Rows of a row group, the smallest part of a file that a query reads, 2,048 to 1,000,000.</summary>
    [Id(13)] public int RowGroupRows { get; init; } = 30_720;

    /// <summary>How Parquet files are compressed.</summary>
    [Id(14)] public FileCompression Compression { get; init; } = FileCompression.Zstd;

    /// <summary>The name of the key with which Parquet files are encrypted from now on; null leaves them plain.</summary>
    [Id(15)] public string? EncryptionKey { get; init; }

    /// <summary>Most Parquet files; null keeps any number.</summary>
    [Id(16)] public int? ArchiveFiles { get; init; }

    /// <summary>The folder for Parquet files from now on, a full path; null takes the site's.</summary>
    [Id(17)] public string? Folder { get; init; }

    /// <summary>Most bytes of the stream; three quarters of it may wait for files.</summary>
    [Id(18)] public long StreamBytes { get; init; } = 4L << 30;

    /// <summary>The typed columns of payloads; null for none.</summary>
    [Id(40)] public ExchangeSchema? Schema { get; init; }
}

/// <summary>What happens when the ring is full of messages that have no file yet. Whatever is let go of or refused is a gap.</summary>
public enum FullOperation
{
    /// <summary>The stream keeps them until files are written; publishers wait when it is three quarters full.</summary>
    Spill,

    /// <summary>The oldest without a file go.</summary>
    DropOldest,

    /// <summary>New ones are refused: quota exceeded.</summary>
    Reject,

    /// <summary>Publishers are held back, and refused at a deadline.</summary>
    Block,
}

/// <summary>What an acknowledged message has survived.</summary>
public enum MessageDurability
{
    /// <summary>Nothing: it is in memory.</summary>
    Memory,

    /// <summary>The end of the process, however that comes.</summary>
    Written,

    /// <summary>A loss of power.</summary>
    Synced,
}

/// <summary>How Parquet files are compressed.</summary>
public enum FileCompression
{
    /// <summary>Zstandard: smallest for its speed.</summary>
    Zstd,

    /// <summary>Snappy: for readers that know nothing newer.</summary>
    Snappy,

    /// <summary>Gzip: what every reader knows; slow.</summary>
    Gzip,

    /// <summary>LZ4: quickest.</summary>
    Lz4,

    /// <summary>Brotli: small, and slowest.</summary>
    Brotli,

    /// <summary>Not at all.</summary>
    None,
}
