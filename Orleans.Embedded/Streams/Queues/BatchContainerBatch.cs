using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Batches of one stream that are delivered together, oldest first.</summary>
[GenerateSerializer]
public sealed class BatchContainerBatch : IBatchContainerBatch
{
    /// <summary>At least one batch, all of one stream.</summary>
    public BatchContainerBatch(List<IBatchContainer> batchContainers)
    {
        if (batchContainers is null or { Count: 0 })
        {
            throw new ArgumentException("there must be at least one batch", nameof(batchContainers));
        }

        BatchContainers = batchContainers;
        StreamId = batchContainers[0].StreamId;
        SequenceToken = batchContainers[0].SequenceToken;
    }

    /// <inheritdoc/>
    [Id(0)]
    public StreamId StreamId { get; }

    /// <summary>The place of the first batch.</summary>
    [Id(1)]
    public StreamSequenceToken SequenceToken { get; }

    /// <inheritdoc/>
    [Id(2)]
    public List<IBatchContainer> BatchContainers { get; }

    /// <summary>The events of all batches.</summary>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() =>
        BatchContainers.SelectMany(batch => batch.GetEvents<T>());

    /// <summary>Sets the request context of the first batch.</summary>
    public bool ImportRequestContext() => BatchContainers[0].ImportRequestContext();
}
