namespace Weir.Streams;

/// <summary>The name under which streams tell their figures to <see cref="System.Diagnostics.Metrics.MeterListener"/> and OpenTelemetry.</summary>
public static class StreamMetrics
{
    /// <summary>The meter of the segment log and of the stream providers.</summary>
    public const string MeterName = "Weir.Streams";
}
