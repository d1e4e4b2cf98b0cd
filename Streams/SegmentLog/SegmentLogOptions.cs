namespace Weir.Streams.SegmentLog;

/// <summary>Where and how the embedded segment log keeps its streams.</summary>
public sealed class SegmentLogOptions
{
    /// <summary>The store's folder; made if it is not there. One process at a time may have it.</summary>
    public string Directory { get; set; } = "";

    /// <summary>
    /// Most bytes that all streams together may take on disk; null leaves it to each stream's own budget. When they come
    /// near it, the oldest segment of all streams goes, read or not, and a reader that had not got there sees a gap. At
    /// least 1 MiB; streams stay below it by a thirty-second part, which is what a burst may take meanwhile.
    /// </summary>
    public long? MaxBytes { get; set; }

    /// <summary>Most bytes of one batch with its overhead (68 bytes and 12 an event); 64 KiB to 1 GiB.</summary>
    public int MaxBatchBytes { get; set; } = 64 << 20;

    /// <summary>
    /// Writers of a stream whose last event numbers are kept; 1 to 65,536. Beyond it the numbers of those that wrote
    /// least lately are forgotten, and a repeat from one of them would be stored again. 32 bytes each in every segment.
    /// </summary>
    public int MaxWriters { get; set; } = 1024;

    /// <summary>
    /// Threads that wait for the device on behalf of streams that are <see cref="StreamDurability.Synced"/>; 1 to 64.
    /// </summary>
    public int FlushThreads { get; set; } = 4;

    internal static IEnumerable<string> Faults(SegmentLogOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Directory))
            yield return $"The segment log's {nameof(Directory)} must name a folder, but is empty.";
        if (options.MaxBytes < 1 << 20)
            yield return $"The segment log's {nameof(MaxBytes)} must be at least 1,048,576 or null, but is {options.MaxBytes:N0}.";
        if (options.MaxBatchBytes is < 64 << 10 or > 1 << 30)
        {
            yield return $"The segment log's {nameof(MaxBatchBytes)} must be between 65,536 and 1,073,741,824, but is "
                + $"{options.MaxBatchBytes:N0}.";
        }
        if (options.MaxWriters is < 1 or > 65536)
            yield return $"The segment log's {nameof(MaxWriters)} must be between 1 and 65,536, but is {options.MaxWriters:N0}.";
        if (options.FlushThreads is < 1 or > 64)
            yield return $"The segment log's {nameof(FlushThreads)} must be between 1 and 64, but is {options.FlushThreads}.";
    }
}
