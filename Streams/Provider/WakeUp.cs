using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>
/// No events: it makes the agent look again at the cursors of a stream, since what one of them waited for has come
/// from the store. An agent does that only for streams that it gets a batch of.
/// </summary>
internal sealed class WakeUp(StreamId streamId, StreamPosition position) : IBatchContainer
{
    public StreamId StreamId => streamId;

    public StreamSequenceToken SequenceToken { get; } = new StreamToken(position);

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => [];

    public bool ImportRequestContext() => false;
}
