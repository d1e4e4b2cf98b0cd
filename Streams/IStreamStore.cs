namespace Weir.Streams;

/// <summary>
/// Keeps streams: durable, ordered, truncatable logs of events in Pravega's sense. The embedded segment log and
/// Pravega are the two stores. All members may be called from any thread.
/// </summary>
public interface IStreamStore : IAsyncDisposable
{
    /// <summary>Makes a stream. A stream that is there already keeps its events and takes over the new options.</summary>
    /// <returns>True if it was made, false if it was there.</returns>
    Task<bool> CreateAsync(StreamName name, StreamOptions options, CancellationToken cancellationToken = default);

    /// <summary>Tells what a stream is just now; null where there is none of that name.</summary>
    Task<StreamDescription?> DescribeAsync(StreamName name, CancellationToken cancellationToken = default);

    /// <summary>Tells of all streams, ordered by name.</summary>
    Task<IReadOnlyList<StreamDescription>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Closes a stream for appends, for good. Readers go on to its end.</summary>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    Task SealAsync(StreamName name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives up what lies before a position. Space comes back by whole segments, so some of it may stay readable.
    /// </summary>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    Task TruncateAsync(StreamName name, StreamPosition before, CancellationToken cancellationToken = default);

    /// <summary>Removes a stream with its events and checkpoints. Its readers and writers fail from then on.</summary>
    /// <returns>False if there was none.</returns>
    Task<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken = default);

    /// <summary>Opens a writer.</summary>
    /// <param name="name">A stream that exists.</param>
    /// <param name="writerId">Who writes. The store keeps the last event number of each writer over reconnects and restarts.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    Task<IStreamWriter> OpenWriterAsync(StreamName name, Guid writerId, CancellationToken cancellationToken = default);

    /// <summary>Opens a reader with a cursor of its own.</summary>
    /// <param name="name">A stream that exists.</param>
    /// <param name="from">Where to begin; <see cref="StreamPosition.Earliest"/> and <see cref="StreamPosition.Latest"/> are allowed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    Task<IStreamReader> OpenReaderAsync(StreamName name, StreamPosition from, CancellationToken cancellationToken = default);

    /// <summary>
    /// Finds the first event, in the stream's order, whose timestamp is at or after a time: all that lies before its
    /// position is older. A reader that is opened there begins at the time.
    /// </summary>
    /// <param name="name">A stream that exists.</param>
    /// <param name="timestamp">The time, in microseconds since 1970-01-01 UTC.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Its position; the stream's tail at the moment of asking where there is no such event.</returns>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    Task<StreamPosition> FindAsync(StreamName name, long timestamp, CancellationToken cancellationToken = default);

    /// <summary>How far a named reader has got; null if it never said.</summary>
    Task<ReaderCheckpoint?> ReadCheckpointAsync(StreamName name, string reader, CancellationToken cancellationToken = default);

    /// <summary>Keeps how far a named reader has got.</summary>
    /// <exception cref="StreamFencedException">A later owner has taken the reader over.</exception>
    Task WriteCheckpointAsync(StreamName name, ReaderCheckpoint checkpoint, CancellationToken cancellationToken = default);
}

/// <summary>Appends to one stream. May be called from any thread; batches keep the order of the calls.</summary>
public interface IStreamWriter : IAsyncDisposable
{
    /// <summary>The stream it writes to.</summary>
    StreamName Stream { get; }

    /// <summary>The number of this writer's last stored event; -1 before the first.</summary>
    long LastEventNumber { get; }

    /// <summary>
    /// Appends a batch. Ends when the batch has the stream's durability; calls that overlap share one write
    /// (group commit).
    /// </summary>
    /// <returns>
    /// Where it lies. Where all of it was a repeat, an empty range at the stream's tail.
    /// </returns>
    /// <exception cref="StreamSealedException">The stream takes no more appends.</exception>
    /// <exception cref="StreamStoreException">The store could not keep it (disk full, folder gone …). Nothing of it is readable; a later append may work.</exception>
    ValueTask<StreamRange> AppendAsync(EventBatch batch, CancellationToken cancellationToken = default);
}

/// <summary>Reads one stream in order. For one caller at a time.</summary>
public interface IStreamReader : IAsyncDisposable
{
    /// <summary>The stream it reads.</summary>
    StreamName Stream { get; }

    /// <summary>Where the next read begins.</summary>
    StreamPosition Position { get; }

    /// <summary>
    /// Reads on: at least one event, a gap, or the end of a sealed stream. At the tail it waits for the next append
    /// without polling.
    /// </summary>
    /// <param name="maxEvents">Most events to give; at least 1.</param>
    /// <param name="maxBytes">Most payload bytes to give, but always one event; at least 1.</param>
    /// <param name="cancellationToken">Ends the waiting; the position stays.</param>
    /// <exception cref="StreamStoreException">It could not be read just now; the position stays, and a later read may work.</exception>
    ValueTask<StreamBatch> ReadAsync(int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default);

    /// <summary>Like <see cref="ReadAsync"/>, but null at once where nothing is there yet.</summary>
    ValueTask<StreamBatch?> TryReadAsync(int maxEvents = 4096, int maxBytes = 4 << 20, CancellationToken cancellationToken = default);
}
