using System.Numerics;

namespace Weir.Mqtt;

/// <summary>
/// The messages that wait in a session, in order, bounded by count and bytes. Not thread-safe: the session's lock
/// guards it.
/// </summary>
/// <param name="maxMessages">Most messages.</param>
/// <param name="maxBytes">Most bytes.</param>
/// <param name="overflow">What gives way.</param>
/// <param name="dropped">Is told the number of each kept message that is dropped for want of room.</param>
internal sealed class PublishQueue(int maxMessages, long maxBytes, QueueOverflow overflow, Action<long>? dropped = null)
{
    /// <summary>
    /// Waiting messages share blocks with others that may be gone long since. From here on, a queue that holds on to
    /// four times its own bytes gives its newcomers bytes of their own.
    /// </summary>
    private const long TolerableHold = 1024 * 1024;

    private const int IdleCapacity = 16;

    private OutboundPublish[] ring = [];
    private int head;
    private byte[]? newestBlock;
    private byte[]? oldestBlock;
    private long held;

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Puts a message at the end.</summary>
    /// <returns>How many messages were dropped for want of room, this one or older ones.</returns>
    public int Enqueue(ref OutboundPublish message)
    {
        var gone = 0;
        while (Count >= maxMessages || Bytes + message.Length > maxBytes)
        {
            if (overflow == QueueOverflow.DropNewest || Count == 0)
            {
                if (message.Number != 0) dropped?.Invoke(message.Number);
                return gone + 1;
            }
            if (Peek().Number is not 0 and var number) dropped?.Invoke(number);
            Dequeue();
            gone++;
        }

        if (held > TolerableHold && held > 4 * Bytes) message.Detach();
        if (message.Bytes != newestBlock)
        {
            newestBlock = message.Bytes;
            held += message.Bytes.Length;
        }
        if (Count == ring.Length) Resize(Math.Max(IdleCapacity, ring.Length * 2));
        ring[head + Count & ring.Length - 1] = message;
        Count++;
        Bytes += message.Length;
        return gone;
    }

    /// <summary>The message at a place, counted from the next one.</summary>
    public ref OutboundPublish At(int place) => ref ring[head + place & ring.Length - 1];

    /// <summary>The next message; there must be one.</summary>
    public ref OutboundPublish Peek() => ref ring[head];

    /// <summary>Takes the next message away; there must be one.</summary>
    public void Dequeue()
    {
        ref var next = ref ring[head];
        if (next.Bytes != oldestBlock)
        {
            held -= oldestBlock?.Length ?? 0;
            oldestBlock = next.Bytes;
        }
        Bytes -= next.Length;
        next = default;
        head = head + 1 & ring.Length - 1;
        if (--Count > 0) return;
        newestBlock = oldestBlock = null;
        held = 0;
    }

    /// <summary>Gives every message bytes of its own: for a session that waits for its client to come back.</summary>
    public void DetachAll()
    {
        if (Count == 0) return;
        for (var i = 0; i < Count; i++) ring[head + i & ring.Length - 1].Detach();
        newestBlock = ring[head + Count - 1 & ring.Length - 1].Bytes;
        oldestBlock = null;
        held = Bytes;
    }

    public int Clear()
    {
        var count = Count;
        ring = [];
        head = Count = 0;
        Bytes = held = 0;
        newestBlock = oldestBlock = null;
        return count;
    }

    /// <summary>Gives back what a burst has taken, once it is over.</summary>
    public void Trim()
    {
        if (Count == 0 && ring.Length > IdleCapacity) ring = [];
        else if (ring.Length > 4 * Count && ring.Length > 1024) Resize((int)BitOperations.RoundUpToPowerOf2((uint)Count + 1));
    }

    private void Resize(int capacity)
    {
        var larger = new OutboundPublish[capacity];
        for (var i = 0; i < Count; i++) larger[i] = ring[head + i & ring.Length - 1];
        ring = larger;
        head = 0;
    }
}
