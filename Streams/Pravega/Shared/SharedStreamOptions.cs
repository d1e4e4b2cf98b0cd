using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>
/// One Pravega stream for all queues of a stream provider, which Pravega scales by itself: named options under the
/// provider's name. Each queue has an equal part of the key space, and so a stream of Orleans the queue in whose part the
/// hash of its name lies.
/// </summary>
public sealed class SharedStreamOptions
{
    // About what a segment takes on usual disks.
    private const int KilobytesPerSecond = 10_000;

    /// <summary>
    /// When Pravega splits and merges segments. By default a segment is split in two when it has more than 10 MB/s for some
    /// minutes, and there are never fewer segments than queues: a segment that several queues have keys in is read by each.
    /// </summary>
    public ScalingPolicy? Scaling { get; set; }

    internal ScalingPolicy ScalingFor(int queues) => Scaling ?? new ScalingPolicy.ByDataRate(KilobytesPerSecond, 2, queues);

    internal static IEnumerable<string> Faults(string? name, SharedStreamOptions options)
    {
        var (rate, factor, least) = options.Scaling switch
        {
            ScalingPolicy.ByDataRate p => (p.KilobytesPerSecond, p.Factor, p.LeastSegments),
            ScalingPolicy.ByEventRate p => (p.EventsPerSecond, p.Factor, p.LeastSegments),
            ScalingPolicy.Fixed p => (1, 2, p.Segments),
            _ => (1, 2, 1),
        };
        var where = $"stream provider '{name}': {nameof(Scaling)}";
        if (rate < 1) yield return $"{where} must have a rate of at least 1 a second, but has {rate:N0}";
        if (factor < 2) yield return $"{where} must split a segment into at least 2, but has a factor of {factor:N0}";
        if (least is < 1 or > 10_000) yield return $"{where} must leave between 1 and 10,000 segments, but has {least:N0}";
    }
}
