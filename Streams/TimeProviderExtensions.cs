namespace Weir.Streams;

internal static class TimeProviderExtensions
{
    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public static long Microseconds(this TimeProvider time) =>
        (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
