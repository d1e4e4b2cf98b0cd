using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Streams;

namespace Weir.Streams.Provider;

/// <summary>
/// The last error of each delivery that is being repeated, since the failure handler of Orleans is told which batch
/// was given up, but not why. Bounded: what nobody asks for is forgotten.
/// </summary>
internal sealed class DeliveryErrors
{
    private const int Capacity = 1024;

    private readonly ConcurrentDictionary<(Guid Subscription, StreamToken Token), string> last = new();

    /// <summary>A delivery has failed.</summary>
    public void Add(GuidId subscription, StreamToken token, Exception error)
    {
        if (last.Count >= Capacity) last.Clear();
        last[(subscription.Guid, token)] = error.ToString();
    }

    /// <summary>Why a batch was not taken; null where it is not known. It is told once.</summary>
    public string? Take(GuidId subscription, StreamSequenceToken? token) =>
        token is StreamToken own && last.TryRemove((subscription.Guid, own), out var error) ? error : null;
}
