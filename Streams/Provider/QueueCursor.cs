using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>One consumer's place in a queue: in the window where it is there, else in the store.</summary>
internal sealed class QueueCursor : IQueueCacheCursor
{
    private readonly QueueWindow window;
    private readonly StreamPosition from;
    private int firstIndex;
    private StreamBatchContainer? current;
    private StreamBatchContainer? handedOver;
    private BackReader? backReader;

    public QueueCursor(QueueWindow window, StreamId streamId, StreamPosition from, int fromIndex)
    {
        this.window = window;
        this.from = from;
        firstIndex = fromIndex;
        StreamId = streamId;
        Next = DoneBefore = from;
    }

    public StreamId StreamId { get; }

    /// <summary>Where to look for the next batch.</summary>
    public StreamPosition Next { get; set; }

    /// <summary>Whether it was asked to begin at the end, wherever that is.</summary>
    public bool IsAtEnd { get; init; }

    /// <summary>All of the stream before this has been delivered. The window's lock guards it.</summary>
    public StreamPosition DoneBefore { get; set; }

    /// <summary>All of the stream that was read has been delivered. The window's lock guards it.</summary>
    public bool HasRunDry { get; set; }

    public IBatchContainer GetCurrent(out Exception? exception)
    {
        exception = null;
        return current!;
    }

    public bool MoveNext()
    {
        if (current is not null) Next = current.Next;
        current = Find();
        window.Moved(this, current?.Position ?? Next);
        if (current is null) return false;

        // A subscription may begin within a batch.
        if (current.Position == from && firstIndex > 0) current = current.From(firstIndex);
        firstIndex = 0;
        return true;
    }

    /// <summary>
    /// A batch of the stream has come into the window. A cursor that had run dry need not look before it; one that waits
    /// further on, since the queue is being read again after a start, does not go back to it.
    /// </summary>
    public void Arrived(StreamPosition position)
    {
        if (!HasRunDry || position < Next) return;
        HasRunDry = false;
        Next = DoneBefore = position;
    }

    /// <summary>
    /// Goes on from a cursor of the stream that is at the same batch, with that batch at hand. An agent that has been
    /// told by a consumer where it stands makes a new cursor there, and expects it to be on the batch at once.
    /// </summary>
    public bool TryTakeOver(QueueCursor other)
    {
        if (other.current is not { } batch || batch.Position != Next) return false;
        handedOver = batch.From(0);
        (backReader, other.backReader) = (other.backReader, null);
        return true;
    }

    // The window has placed the cursor when the batch came.
    public void Refresh(StreamSequenceToken token)
    {
    }

    // The agent goes on behind a batch that it has given up on, and tells the failure handler of it.
    public void RecordDeliveryFailure()
    {
    }

    public void Dispose()
    {
        window.Remove(this);
        backReader?.Dispose();
        backReader = null;
        current = null;
    }

    private StreamBatchContainer? Find()
    {
        if (handedOver is not null)
        {
            var batch = handedOver;
            handedOver = null;
            return batch;
        }
        return Look();
    }

    private StreamBatchContainer? Look()
    {
        while (true)
        {
            if (window.TryFind(this, out var batch))
            {
                backReader?.Dispose();
                backReader = null;
                return batch;
            }
            backReader ??= new BackReader(window, StreamId, Next);
            if (backReader.TryTake(out batch, out var readTo)) return batch;
            // Nothing of this stream up to there.
            if (readTo <= Next) return null;
            Next = readTo;
        }
    }
}
