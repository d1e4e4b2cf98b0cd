using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>How far the sink of a stream is. May be used from any thread.</summary>
internal sealed class SinkProgress(StreamName stream, IStreamStore store, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly DateTimeOffset started = time.GetUtcNow();
    private StreamPosition? place;
    private StreamPosition tail;
    private long lastTimestamp;
    private long storedRows;
    private long deadLetters;
    private string? fault;

    /// <summary>All before is in the database.</summary>
    public StreamPosition Place
    {
        get { lock (gate) return place ?? StreamPosition.Earliest; }
    }

    public SinkStatus Status
    {
        get
        {
            lock (gate)
            {
                var lag = place is { } at ? Distance(at, tail) : 0;
                var behind = lag == 0 ? TimeSpan.Zero
                    : time.GetUtcNow() - (lastTimestamp > 0 ? UnixMicroseconds.ToTime(lastTimestamp) : started);
                return new SinkStatus(
                    stream.ToString(), place?.ToString(), lag, behind > TimeSpan.Zero ? behind : TimeSpan.Zero, storedRows, deadLetters, fault);
            }
        }
    }

    public void Began(StreamPosition at)
    {
        lock (gate) place = at;
    }

    public void Stored(SinkBatch batch)
    {
        lock (gate)
        {
            place = batch.Next;
            if (tail < batch.Next) tail = batch.Next;
            if (batch.LastTimestamp > 0) lastTimestamp = batch.LastTimestamp;
            storedRows += batch.Rows - batch.DeadLetters.Count;
            deadLetters += batch.DeadLetters.Count;
        }
    }

    /// <summary>Notes what is wrong; null where nothing is any more.</summary>
    public void Failed(string? message)
    {
        lock (gate) fault = message;
    }

    /// <summary>Looks how far the stream has got.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await store.DescribeAsync(stream, cancellationToken) is not { } described) return;
        lock (gate) tail = described.Tail;
    }

    // Positions of different epochs of Pravega cannot be subtracted: then it is at least what the newest epoch has.
    private static long Distance(StreamPosition from, StreamPosition to) =>
        Math.Max(0, from.Epoch == to.Epoch ? to.Offset - Math.Max(0, from.Offset) : to.Offset);
}
