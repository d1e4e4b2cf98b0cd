using System.Collections.Immutable;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Orleans.Streams
{
    /// <summary>Gives the key of the grain that a stream activates.</summary>
    public interface IStreamIdMapper
    {
        /// <summary>The key.</summary>
        IdSpan GetGrainKeyId(GrainBindings grainBindings, StreamId streamId);
    }
}

namespace Orleans.Metadata
{
    /// <summary>What a grain class says about the streams that it consumes. Immutable.</summary>
    public class GrainBindings(
        GrainType grainType, ImmutableArray<ImmutableDictionary<string, string>> bindings)
    {
        /// <summary>The grain type.</summary>
        public GrainType GrainType { get; } = grainType;

        /// <summary>One dictionary for each subscription.</summary>
        public ImmutableArray<ImmutableDictionary<string, string>> Bindings { get; } = bindings;
    }
}
