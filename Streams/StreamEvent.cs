namespace Weir.Streams;

/// <summary>One event on its way into a stream.</summary>
/// <param name="Payload">Its bytes; read, not kept, until the append that carries it has ended.</param>
/// <param name="Timestamp">The time it speaks of, in microseconds since 1970-01-01 UTC; the index by time uses it.</param>
public readonly record struct StreamEvent(ReadOnlyMemory<byte> Payload, long Timestamp);

/// <summary>One event as a stream has it.</summary>
/// <param name="Position">The place just before it.</param>
/// <param name="Timestamp">The time it speaks of, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Payload">Its bytes; valid until the batch it came with is released, and for ever where that never is.</param>
public readonly record struct StoredEvent(StreamPosition Position, long Timestamp, ReadOnlyMemory<byte> Payload);

/// <summary>Events that are appended together: all of them become readable, or none.</summary>
/// <param name="Events">The events, in order. The memory may be reused as soon as the append has ended.</param>
/// <param name="RoutingKey">Events of one key keep their order where a stream has several segments.</param>
/// <param name="FirstEventNumber">
/// The writer's own number of the first event, one more for each that follows. Events at or below the writer's last
/// stored number are left out: that makes a repeat after a lost answer harmless. Null: the writer numbers on.
/// </param>
public readonly record struct EventBatch(
    ReadOnlyMemory<StreamEvent> Events, string? RoutingKey = null, long? FirstEventNumber = null);

/// <summary>Where an appended batch came to lie.</summary>
/// <param name="First">The position of its first event.</param>
/// <param name="Next">The position after its last event.</param>
public readonly record struct StreamRange(StreamPosition First, StreamPosition Next);

/// <summary>What one read of a stream gave.</summary>
/// <param name="Events">The events, in order; empty only where <paramref name="Gap"/> tells why or the stream is sealed and read to its end.</param>
/// <param name="Next">Where to read on.</param>
/// <param name="Gap">What was lost just before <paramref name="Events"/>, if anything was.</param>
public sealed record StreamBatch(ReadOnlyMemory<StoredEvent> Events, StreamPosition Next, StreamGap? Gap = null)
{
    /// <summary>True when the stream is sealed and this reader has seen all of it.</summary>
    public bool EndOfStream { get; init; }

    /// <summary>What takes the memory of <see cref="Events"/> back; null where the collector does.</summary>
    internal IStreamBatchMemory? Memory { get; init; }

    /// <summary>
    /// Gives the memory of <see cref="Events"/> and their payloads back for the next reads. Who calls it, at most once,
    /// must not touch them any more; who does not leaves them to the collector. It spares a busy reader most of its
    /// allocations.
    /// </summary>
    public void Release() => Memory?.Release();
}

/// <summary>The pooled memory of what one read gave.</summary>
internal interface IStreamBatchMemory
{
    /// <summary>Takes it back.</summary>
    void Release();
}
