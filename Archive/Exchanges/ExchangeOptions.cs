using Weir.Streams;

namespace Weir.Archive;

/// <summary>How an exchange keeps its messages.</summary>
public sealed record ExchangeOptions
{
    /// <summary>
    /// The exchange's name: 1 to 100 characters out of letters, digits, <c>.</c> and <c>-</c>, beginning with a letter
    /// or a digit. Its stream and its folder carry it.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The MQTT topic filters whose messages belong to it. Who hands messages over matches them.</summary>
    public IReadOnlyList<string> TopicFilters { get; init; } = [];

    /// <summary>The newest messages, in memory.</summary>
    public RingOptions Ring { get; init; } = new();

    /// <summary>When messages go from the ring into a file.</summary>
    public RollOptions Roll { get; init; } = new();

    /// <summary>How files are written.</summary>
    public ParquetOptions Parquet { get; init; } = new();

    /// <summary>The typed columns of the payloads in files; null for none.</summary>
    public PayloadSchema? Schema { get; init; }

    /// <summary>How long files are kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>
    /// The folder in which files are written from now on, in a folder named after the exchange; a full path, such as
    /// that of a second disk. Null takes the site's. Files that were written elsewhere before stay there and are read
    /// as ever.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>
    /// The stream before the ring: its durability is what an accepted message has survived, its budget is what may
    /// wait for the archive. Past three quarters of the budget, accepting waits.
    /// </summary>
    public StreamOptions Stream { get; init; } = new();
}

/// <summary>Bounds of a ring. It always takes at least one batch, however large.</summary>
public sealed record RingOptions
{
    /// <summary>Most messages; 1 to 10,000,000.</summary>
    public int Capacity { get; init; } = 1_000_000;

    /// <summary>Most memory in bytes; 64 KiB to 64 GiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Greatest age; 1 s to 366 days. What is older is archived and leaves. Null keeps any age.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>What happens when the ring is full of messages that have no file yet.</summary>
    public FullOperation WhenFull { get; init; } = FullOperation.Spill;

    /// <summary>
    /// How many messages <see cref="FullOperation.DropOldest"/> lets go of at once, to within one batch; 1 to 10,000,000.
    /// </summary>
    public int DropCount { get; init; } = 1_000;

    /// <summary>How long <see cref="FullOperation.Block"/> holds publishers back before it refuses; 1 ms to 10 min.</summary>
    public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// What happens when a ring is full of messages that have no file yet: they come faster than files can be written, or
/// files cannot be written at all. Whatever is let go of or refused is a declared gap.
/// </summary>
public enum FullOperation
{
    /// <summary>
    /// The stream keeps what the ring cannot take until files are written. Publishers are held back once three quarters
    /// of the stream's budget wait, and refused while the archive fails then.
    /// </summary>
    Spill,

    /// <summary>The oldest messages without a file go.</summary>
    DropOldest,

    /// <summary>New messages are refused.</summary>
    Reject,

    /// <summary>Publishers are held back; those that have waited for the deadline are refused.</summary>
    Block,
}

/// <summary>
/// What ends a file; whichever comes first. A ring that is half full of messages without a file ends one too, so the
/// ring bounds the size of files.
/// </summary>
public sealed record RollOptions
{
    /// <summary>Most rows of a file, to within one batch; 1 to 100,000,000.</summary>
    public long MaxRows { get; init; } = 1_000_000;

    /// <summary>Most bytes of messages in a file, before compression; 4 KiB to 16 GiB.</summary>
    public long MaxBytes { get; init; } = 128L << 20;

    /// <summary>Longest that a message is here without a file; 100 ms to 366 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>How the messages in a Parquet file are compressed.</summary>
public enum ParquetCompression
{
    /// <summary>Zstandard: smallest.</summary>
    Zstd,

    /// <summary>Snappy: for readers that know nothing newer.</summary>
    Snappy,

    /// <summary>Not at all.</summary>
    None,

    /// <summary>Gzip: what every reader knows; slow.</summary>
    Gzip,

    /// <summary>LZ4: quickest.</summary>
    Lz4,

    /// <summary>Brotli: small, and slowest.</summary>
    Brotli,
}

/// <summary>How Parquet files are written.</summary>
public sealed record ParquetOptions
{
    /// <summary>How the columns are compressed.</summary>
    public ParquetCompression Compression { get; init; } = ParquetCompression.Zstd;

    /// <summary>
    /// Rows of a row group, the smallest part of a file that a query reads; 2,048 to 1,000,000. Beside DuckDB's own
    /// 122,880 the default answers a page in half the time, takes 1 % more space and is written as fast.
    /// </summary>
    public int RowGroupRows { get; init; } = 30_720;

    /// <summary>
    /// The name of the key with which files are encrypted from now on (AES-GCM, Parquet modular encryption): 1 to 64
    /// letters, digits, <c>.</c> and <c>-</c>. Null leaves them plain. Files carry the name of their key, so a change
    /// leaves those before readable as long as their key can be had.
    /// </summary>
    public string? EncryptionKey { get; init; }
}

/// <summary>What bounds an archive; the oldest files go, and a gap says so. Null does not bound.</summary>
public sealed record RetentionOptions
{
    /// <summary>Most bytes on disk; at least 1 MiB.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Greatest age of a file's newest message; at least 1 s.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Most files; at least 1.</summary>
    public int? MaxFiles { get; init; }
}
