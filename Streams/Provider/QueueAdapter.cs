using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>Writes batches of events to the queues' streams.</summary>
internal sealed class QueueAdapter(
    string name, IStreamStore store, IStreamQueueMapper mapper, Func<QueueId, StreamName> streamOf,
    IStreamEventSerializer serializer, TimeProvider time, Func<QueueId, IQueueAdapterReceiver> createReceiver) : IQueueAdapter
{
    private readonly ConcurrentDictionary<QueueId, Lazy<Task<IStreamWriter>>> writers = new();
    private readonly Guid writerId = Guid.NewGuid();

    public string Name => name;

    public bool IsRewindable => true;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    public async Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext)
    {
        if (token is not null)
        {
            throw new ArgumentException(
                $"Stream provider '{name}' gives out the tokens itself; publish to '{streamId}' without one.",
                nameof(token));
        }
        using var payload = new PooledBufferWriter();
        if (!QueueEvent.Write(payload, streamId, events, requestContext, serializer)) return;
        var writer = await WriterOf(mapper.GetQueueForStream(streamId));
        var stored = new StreamEvent[] { new(payload.Written, time.Microseconds()) };
        await writer.AppendAsync(new EventBatch(stored, streamId.ToString()));
    }

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => createReceiver(queueId);

    private Task<IStreamWriter> WriterOf(QueueId queue)
    {
        var writer = writers.GetOrAdd(
            queue, id => new Lazy<Task<IStreamWriter>>(() => store.OpenWriterAsync(streamOf(id), writerId)));
        if (writer.Value is { IsFaulted: true } or { IsCanceled: true }) writers.TryRemove(new(queue, writer));
        return writer.Value;
    }
}
