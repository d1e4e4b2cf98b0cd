using Weir.Pravega;

namespace Weir.Streams.Pravega.Shared;

/// <summary>Writes the events of one queue to the stream that all share.</summary>
/// <remarks>
/// Where they come to lie in the queue's order is settled by the first who reads them, so appends answer with
/// <see cref="StreamPosition.Latest"/>.
/// </remarks>
internal sealed class SharedStreamWriter(StreamName name, int queue, KeyRanges ranges, Func<CancellationToken, Task<EventWriter>> writer) : IStreamWriter
{
    private static readonly StreamRange Unsettled = new(StreamPosition.Latest, StreamPosition.Latest);
    private long stored = -1;

    public StreamName Stream => name;

    public long LastEventNumber => Interlocked.Read(ref stored);

    public async ValueTask<StreamRange> AppendAsync(EventBatch batch, CancellationToken cancellationToken = default)
    {
        if (batch.FirstEventNumber is not null)
            throw new ArgumentException($"queue '{name}': event numbers of the writer's own need a stream a queue; here the writer numbers by itself", nameof(batch));
        var place = RoutingKey.Place(batch.RoutingKey);
        if (batch.RoutingKey is not { } key || ranges.QueueOf(place) != queue)
            throw new ArgumentException($"queue '{name}': the key '{batch.RoutingKey}' lies in another queue's range", nameof(batch));
        if (batch.Events.IsEmpty) return Unsettled;
        try
        {
            var open = await writer(cancellationToken).ConfigureAwait(false);
            await open.WriteTogetherAsync(key, new PlacedEvents(batch.Events, place), cancellationToken).ConfigureAwait(false);
        }
        catch (PravegaException e)
        {
            throw PravegaErrors.Translated(e, name);
        }
        Interlocked.Add(ref stored, batch.Events.Length);
        return Unsettled;
    }

    // The writer belongs to the store, which all queues share.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
