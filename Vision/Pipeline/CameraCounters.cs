namespace Weir.Vision.Pipeline;

/// <summary>Counts what a camera does; the tasks of its run write, any thread reads.</summary>
internal sealed class CameraCounters(TimeProvider time)
{
    /// <summary>The weight of the newest inference in the running mean.</summary>
    private const double Newest = 0.1;

    private readonly RateMeter frameRate = new(time);
    private readonly RateMeter detectionRate = new(time);
    private long frames;
    private long detected;
    private long skipped;
    private long still;
    private long restarts;
    private long lastFrameTicks;
    private double inference;

    /// <summary>The number of the last frame that gave a result; only for the task that makes results.</summary>
    public long LastResult { get; set; }

    public DateTimeOffset? LastFrame => Interlocked.Read(ref lastFrameTicks) is > 0 and var ticks
        ? new DateTimeOffset(ticks, TimeSpan.Zero)
        : null;

    public long Frames => Interlocked.Read(ref frames);

    /// <returns>The number of the frame.</returns>
    public long Frame(DateTimeOffset arrival)
    {
        Interlocked.Exchange(ref lastFrameTicks, arrival.UtcTicks);
        frameRate.Mark();
        return Interlocked.Increment(ref frames);
    }

    public void Detection(TimeSpan duration)
    {
        var before = Volatile.Read(ref inference);
        var milliseconds = duration.TotalMilliseconds;
        Volatile.Write(ref inference, before == 0 ? milliseconds : before + (milliseconds - before) * Newest);
        detectionRate.Mark();
        Interlocked.Increment(ref detected);
    }

    public void Rest() => Interlocked.Increment(ref still);

    public void Skip() => Interlocked.Increment(ref skipped);

    public void Restart() => Interlocked.Increment(ref restarts);

    public CameraStatistics Read() => new(
        Frames, Interlocked.Read(ref detected), Interlocked.Read(ref skipped), Interlocked.Read(ref restarts),
        frameRate.PerSecond(), detectionRate.PerSecond(), Volatile.Read(ref inference), Interlocked.Read(ref still));
}
