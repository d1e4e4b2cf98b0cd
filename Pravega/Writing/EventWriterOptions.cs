namespace Weir.Pravega;

/// <summary>How an event writer collects, sends and holds out.</summary>
public sealed record EventWriterOptions
{
    /// <summary>
    /// Who writes. The segment store keeps the highest event number of each writer and segment, and so finds repeats after
    /// a lost connection. Random by default; a writer that goes on after its process ended has one of its own.
    /// </summary>
    public Guid WriterId { get; init; } = Guid.NewGuid();

    /// <summary>Most blocks of a segment that are sent and not acknowledged; 1 to 1,024.</summary>
    /// <remarks>A store gets slow over all bounds when a segment is sealed that has hundreds of thousands in flight.</remarks>
    public int BlocksInFlight { get; init; } = 64;

    /// <summary>Most bytes of a segment that are sent and not acknowledged; 64 KiB to 256 MiB.</summary>
    public int BytesInFlight { get; init; } = 16 << 20;

    /// <summary>Events are sent in blocks of up to so many bytes; 1 KiB to 8 MiB. A larger event has a block of its own.</summary>
    public int BlockBytes { get; init; } = 256 << 10;

    /// <summary>A segment that has more bytes than these waiting makes <see cref="EventWriter.EnqueueAsync(string?, ReadOnlySpan{byte}, CancellationToken)"/> wait; 64 KiB to 1 GiB.</summary>
    public int BytesWaiting { get; init; } = 8 << 20;

    /// <summary>
    /// Most bytes that are sent and not acknowledged in all segments of the stream together, but for one block a segment;
    /// 64 KiB to 1 GiB. A segment store keeps what it has not brought to long-term storage in a cache, and a container whose
    /// cache is overrun stops: a stream of many segments must not send a whole window to each.
    /// </summary>
    public int WriterBytesInFlight { get; init; } = 16 << 20;

    /// <summary>
    /// With more bytes than these waiting in all segments together, an event for a segment that has a block waiting has to
    /// wait for room; 64 KiB to 1 GiB.
    /// </summary>
    public int WriterBytesWaiting { get; init; } = 8 << 20;

    /// <summary>A connection on which nothing is acknowledged for so long, though something should be, is made anew; 1 s to 1 h.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a writer that has lost its segment store tries to get it back before its writes fail; 0 to 1 day.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(10);

    internal void Validate()
    {
        Between(BlocksInFlight, 1, 1024, nameof(BlocksInFlight));
        Between(BytesInFlight, 64 << 10, 256 << 20, nameof(BytesInFlight));
        Between(BlockBytes, 1 << 10, 8 << 20, nameof(BlockBytes));
        Between(BytesWaiting, 64 << 10, 1 << 30, nameof(BytesWaiting));
        Between(WriterBytesInFlight, 64 << 10, 1 << 30, nameof(WriterBytesInFlight));
        Between(WriterBytesWaiting, 64 << 10, 1 << 30, nameof(WriterBytesWaiting));
        if (AckTimeout < TimeSpan.FromSeconds(1) || AckTimeout > TimeSpan.FromHours(1))
            throw new ArgumentException($"Event writer: {nameof(AckTimeout)} must be between 1 s and 1 h, but is {AckTimeout}.");
        if (RetryFor < TimeSpan.Zero || RetryFor > TimeSpan.FromDays(1))
            throw new ArgumentException($"Event writer: {nameof(RetryFor)} must be between 0 and 1 day, but is {RetryFor}.");
    }

    private static void Between(int value, int least, int most, string what)
    {
        if (value < least || value > most)
            throw new ArgumentException($"Event writer: {what} must be between {least:N0} and {most:N0}, but is {value:N0}.");
    }
}
