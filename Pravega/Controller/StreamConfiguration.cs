namespace Weir.Pravega;

/// <summary>How many segments a stream has.</summary>
public abstract record ScalingPolicy
{
    private ScalingPolicy() { }

    /// <summary>Always so many, unless somebody scales by hand. At least 1.</summary>
    public sealed record Fixed(int Segments) : ScalingPolicy;

    /// <summary>As many as it takes for each to have about this rate; Pravega splits and merges by itself.</summary>
    /// <param name="KilobytesPerSecond">The rate that a segment should have, in kB/s.</param>
    /// <param name="Factor">Into how many a busy segment is split; at least 2.</param>
    /// <param name="LeastSegments">Never fewer than these.</param>
    public sealed record ByDataRate(int KilobytesPerSecond, int Factor, int LeastSegments) : ScalingPolicy;

    /// <summary>As <see cref="ByDataRate"/>, with a rate in events per second.</summary>
    public sealed record ByEventRate(int EventsPerSecond, int Factor, int LeastSegments) : ScalingPolicy;
}

/// <summary>What Pravega gives up by itself. It looks every half hour, unless the controller is told otherwise.</summary>
public abstract record RetentionPolicy
{
    private RetentionPolicy() { }

    /// <summary>Keeps events for at least this long, and up to <paramref name="Most"/> where a reader group holds them back.</summary>
    public sealed record ByTime(TimeSpan Least, TimeSpan? Most = null) : RetentionPolicy;

    /// <summary>Keeps at least so many bytes, and up to <paramref name="Most"/> where a reader group holds them back.</summary>
    public sealed record BySize(long Least, long? Most = null) : RetentionPolicy;
}

/// <summary>How a stream is kept.</summary>
public sealed record StreamConfiguration
{
    /// <summary>How many segments it has; one by default.</summary>
    public ScalingPolicy Scaling { get; init; } = new ScalingPolicy.Fixed(1);

    /// <summary>What is given up by itself; null keeps all until it is truncated.</summary>
    public RetentionPolicy? Retention { get; init; }

    /// <summary>Words by which streams of a scope are found.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>A writer that reports no time for longer does not hold watermarks back; zero waits for all.</summary>
    public TimeSpan TimestampAggregationTimeout { get; init; }

    /// <summary>Size at which the segment store rolls a segment's file over, in bytes; 0 takes the server's own.</summary>
    public long RolloverBytes { get; init; }
}
