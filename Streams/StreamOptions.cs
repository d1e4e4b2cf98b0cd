namespace Weir.Streams;

/// <summary>What an acknowledged append has survived.</summary>
public enum StreamDurability
{
    /// <summary>It is in the memory of this process: readable at once, gone with the process.</summary>
    Memory,

    /// <summary>It is with the operating system: it survives the end of the process, however that comes.</summary>
    Written,

    /// <summary>It is on the device: it survives a loss of power.</summary>
    Synced,
}

/// <summary>How a stream is kept.</summary>
public sealed record StreamOptions
{
    /// <summary>What an acknowledged append has survived.</summary>
    public StreamDurability Durability { get; init; } = StreamDurability.Written;

    /// <summary>Size at which a segment file is closed and the next begun, in bytes; 64 KiB to 2 GiB.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Most bytes that the stream may hold; the oldest segments go when it is passed, read or not, and a reader
    /// that had not got there sees a gap. At least two segments.
    /// </summary>
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>
    /// Whether what all readers that count are done with (<see cref="StreamDescription.ConsumedBefore"/>) is given up as
    /// their checkpoints are written. A stream without such a reader keeps what its budgets allow.
    /// </summary>
    public bool TruncateConsumed { get; init; }

    /// <summary>Greatest age of a segment's newest event before the segment goes; null keeps any age.</summary>
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>What a stream is just now.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Head">The position of the oldest event that is there.</param>
/// <param name="Tail">The position after the newest.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="Events">Events between head and tail; null where the store does not count them.</param>
/// <param name="IsSealed">Whether it takes no more appends.</param>
/// <param name="Readers">The checkpoints of its readers.</param>
public sealed record StreamDescription(
    StreamName Name, StreamPosition Head, StreamPosition Tail, long Bytes, long? Events, bool IsSealed,
    IReadOnlyList<ReaderCheckpoint> Readers)
{
    /// <summary>How far the slowest reader that counts has got; null where no reader counts.</summary>
    public StreamPosition? ConsumedBefore =>
        Readers.Where(reader => reader.Counts).Select(reader => (StreamPosition?)reader.Position).Min();
}

/// <summary>How far a named reader has got, as it last said.</summary>
/// <param name="Reader">The reader's name: 1 to 255 characters out of letters, digits, <c>.</c> and <c>-</c>.</param>
/// <param name="Position">Everything before this is done with.</param>
/// <param name="Owner">
/// The version of the reader's owner. A write with a lower version than the stored one is refused, so that a former
/// owner that wakes up late cannot set the reader back.
/// </param>
/// <param name="Counts">Whether truncation by consumption waits for this reader.</param>
public sealed record ReaderCheckpoint(string Reader, StreamPosition Position, long Owner = 0, bool Counts = true);
