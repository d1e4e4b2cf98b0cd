using System.Text;
using Orleans;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>A batch of events as it goes to consumers. Each reading makes new event objects, so none are shared.</summary>
[GenerateSerializer]
[Immutable]
[Alias("weir.stream-batch")]
internal sealed class StreamBatchContainer : IBatchContainer
{
    [Id(0)]
    private readonly StreamId streamId;

    [Id(1)]
    private readonly StreamToken token;

    [Id(2)]
    private readonly byte[] payload;

    [Id(3)]
    private readonly int firstIndex;

    [Id(4)]
    private readonly IStreamEventSerializer serializer;

    private StreamBatchContainer(
        StreamId streamId, StreamToken token, byte[] payload, int firstIndex, StreamPosition next,
        IStreamEventSerializer serializer)
    {
        this.streamId = streamId;
        this.token = token;
        this.payload = payload;
        this.firstIndex = firstIndex;
        this.serializer = serializer;
        Next = next;
    }

    public StreamId StreamId => streamId;

    public StreamSequenceToken SequenceToken => token;

    public StreamPosition Position => token.Position;

    /// <summary>The position after it; known on the silo that reads the queue only.</summary>
    [field: NonSerialized]
    public StreamPosition Next { get; }

    /// <summary>What it takes in memory, roughly.</summary>
    public int Bytes => payload.Length + 200;

    /// <summary>Reads an event of the store; null where it is not one of a stream provider.</summary>
    public static StreamBatchContainer? TryRead(in StoredEvent stored, StreamPosition next, IStreamEventSerializer serializer) =>
        QueueEvent.TryRead(stored.Payload.Span, out var read)
            ? new StreamBatchContainer(
                read.StreamId, new StreamToken(stored.Position), stored.Payload.ToArray(), 0, next, serializer)
            : null;

    /// <summary>The same batch, from an event on.</summary>
    public StreamBatchContainer From(int index) =>
        index == firstIndex ? this : new StreamBatchContainer(streamId, token, payload, index, Next, serializer);

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>()
    {
        QueueEvent.TryRead(payload, out var read);
        if (!read.TypeName.SequenceEqual(QueueEvent.NameOf<T>()))
        {
            throw new InvalidOperationException(
                $"The stream '{streamId}' has events of type {Encoding.UTF8.GetString(read.TypeName)} at {token}, but is consumed as a stream of {typeof(T)}. "
                + "Producer and consumer must name the same type in GetStream<T>.");
        }

        var events = new List<Tuple<T, StreamSequenceToken>>(Math.Max(0, read.Count - firstIndex));
        var rest = read.Events;
        for (var i = 0; i < read.Count; i++)
        {
            if (!QueueEvent.TryTake(rest, out var bytes, out rest))
            {
                throw new InvalidDataException(
                    $"The batch of stream '{streamId}' at {token} ends before its event {i} of {read.Count}.");
            }
            if (i >= firstIndex) events.Add(new(serializer.Deserialize<T>(bytes), new StreamToken(token.Position, i)));
        }
        return events;
    }

    public bool ImportRequestContext()
    {
        if (!QueueEvent.TryRead(payload, out var read) || read.Context.IsEmpty) return false;
        foreach (var (key, value) in RequestContextJson.Read(read.Context.ToArray())) RequestContext.Set(key, value);
        return true;
    }

    public override string ToString() => $"{streamId}@{token}";
}
