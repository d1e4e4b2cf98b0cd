namespace Weir.Archive;

/// <summary>
/// What was accepted and has no file yet. It may fill three quarters of the stream's budget: beyond it the stream would
/// let go of it. Where a full ring refuses or holds back, it may fill no more than the ring. May be used from any thread.
/// </summary>
internal sealed class ExchangeBacklog
{
    private readonly Lock gate = new();
    private readonly Pulse changed = new();
    private long bytes;
    private long messages;
    private long bytesEver;
    private long messagesEver;
    private long streamBytes;
    private long ringMessages;
    private long ringBytes;

    public ExchangeBacklog(ExchangeOptions options) => Apply(options);

    public long Bytes
    {
        get { lock (gate) return bytes; }
    }

    public long Messages
    {
        get { lock (gate) return messages; }
    }

    /// <summary>Whether the stream's budget lets anything in.</summary>
    public bool HasRoom
    {
        get { lock (gate) return bytes < streamBytes; }
    }

    /// <summary>Ends when there may be room, or something else has changed that who waits for room should look at.</summary>
    public Task Changed => changed.Next;

    public void Apply(ExchangeOptions options)
    {
        var bounded = options.Ring.WhenFull is FullOperation.Reject or FullOperation.Block;
        lock (gate)
        {
            streamBytes = options.Stream.MaxBytes / 4 * 3;
            ringMessages = bounded ? options.Ring.Capacity : long.MaxValue;
            ringBytes = bounded ? options.Ring.MaxBytes : long.MaxValue;
        }
        changed.Beat();
    }

    /// <summary>Has those who wait for room look at what has changed.</summary>
    public void Look() => changed.Beat();

    /// <summary>Adds what the stream has already.</summary>
    public void Add(long moreMessages, long moreBytes)
    {
        lock (gate)
        {
            bytes += moreBytes;
            messages += moreMessages;
            bytesEver += moreBytes;
            messagesEver += moreMessages;
        }
    }

    /// <summary>Adds what is to be appended if there is room. A batch larger than the ring is let in alone, or it never would be.</summary>
    public bool TryAdd(long moreMessages, long moreBytes)
    {
        lock (gate)
        {
            if (bytes >= streamBytes) return false;
            if (messages > 0 && (messages + moreMessages > ringMessages || bytes + moreBytes > ringBytes)) return false;
            Add(moreMessages, moreBytes);
            return true;
        }
    }

    /// <summary>The stream lost messages: their bytes, which nobody knows, count as so many of average size.</summary>
    public void Lose(long lost)
    {
        lock (gate)
        {
            if (lost <= 0 || messagesEver == 0) return;
            bytes -= Math.Min(bytes, (long)((double)bytesEver / messagesEver * lost));
            messages -= Math.Min(messages, lost);
        }
        changed.Beat();
    }

    public void Remove(long lessMessages, long lessBytes)
    {
        lock (gate)
        {
            bytes -= lessBytes;
            messages -= lessMessages;
        }
        changed.Beat();
    }
}
