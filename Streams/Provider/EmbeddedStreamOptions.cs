
namespace Weir.Streams.Provider;

/// <summary>
/// A stream provider over a stream store; named options under the provider's name. Every process of a cluster must
/// use the same <see cref="Scope"/> and <see cref="QueueCount"/>.
/// </summary>
public sealed class EmbeddedStreamOptions
{
    /// <summary>The scope that holds the provider's streams.</summary>
    public string Scope { get; set; } = "orleans";

    /// <summary>
    /// How many streams of the store the provider spreads its Orleans streams over; 1 to 1,024. It fixes which Orleans
    /// stream lies in which, so it must not change while there are events that nobody has had.
    /// </summary>
    public int QueueCount { get; set; } = 4;

    /// <summary>How each of them is kept. Its budget of bytes and age goes before all that follows here.</summary>
    public StreamOptions Stream { get; set; } = new();

    /// <summary>
    /// How the stream <c>&lt;provider&gt;-dead-letter</c> of the scope is kept, which has the batches that consumers did not
    /// take, each with the error.
    /// </summary>
    public StreamOptions DeadLetters { get; set; } = new() { SegmentBytes = 4L << 20, MaxBytes = 64L << 20 };

    /// <summary>
    /// Events younger than this stay in the store after all consumers have had them, so that a subscription can begin in
    /// the past; zero gives them up at once.
    /// </summary>
    public TimeSpan ReplayAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Most bytes of a queue that <see cref="ReplayAge"/> keeps.</summary>
    public long ReplayBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Bytes of the newest events of a queue that are held in memory; 64 KiB to 1 GiB. A consumer further behind reads
    /// from the store.
    /// </summary>
    public long CacheBytes { get; set; } = 8L << 20;

    /// <summary>How often positions are stored and what is done with is given up; 10 ms to 1 h.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one look at a queue waits for the next event; up to 10 s, and as long a silo may take to stop.</summary>
    public TimeSpan TailWait { get; set; } = TimeSpan.FromMilliseconds(500);

    internal static IEnumerable<string> Faults(string name, EmbeddedStreamOptions options)
    {
        var where = $"stream provider '{name}': ";
        if (!StreamName.IsValid($"{name}-{options.QueueCount}"))
            yield return $"{where}the name must have letters, digits, '.' and '-' only and begin with a letter or a digit";
        if (!StreamName.IsValid(options.Scope))
        {
            yield return $"{where}{nameof(Scope)} must have letters, digits, '.' and '-' only and begin with a letter or a "
                + $"digit, but is '{options.Scope}'";
        }
        if (options.QueueCount is < 1 or > 1024)
            yield return $"{where}{nameof(QueueCount)} must be between 1 and 1,024, but is {options.QueueCount:N0}";
        if (options.ReplayAge < TimeSpan.Zero)
            yield return $"{where}{nameof(ReplayAge)} must not be negative, but is {options.ReplayAge}";
        if (options.ReplayBytes < 0)
            yield return $"{where}{nameof(ReplayBytes)} must not be negative, but is {options.ReplayBytes:N0}";
        if (options.CacheBytes is < 64 << 10 or > 1 << 30)
        {
            yield return
                $"{where}{nameof(CacheBytes)} must be between 65,536 and 1,073,741,824, but is {options.CacheBytes:N0}";
        }
        if (options.CheckpointInterval < TimeSpan.FromMilliseconds(10) || options.CheckpointInterval > TimeSpan.FromHours(1))
        {
            yield return
                $"{where}{nameof(CheckpointInterval)} must be between 10 ms and 1 h, but is {options.CheckpointInterval}";
        }
        if (options.TailWait < TimeSpan.Zero || options.TailWait > TimeSpan.FromSeconds(10))
            yield return $"{where}{nameof(TailWait)} must be between 0 and 10 s, but is {options.TailWait}";
    }
}
