using System.Globalization;

namespace Weir.Silo.Api;

/// <summary>Microseconds since 1970-01-01 UTC as the API tells them.</summary>
internal static class ApiTime
{
    /// <summary>A time in a body, written as one in a query may be; null where there is none.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static long? Micros(string? text, string name) =>
        text is null ? null
        : TimeParameter.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time.Microseconds
        : throw new ArgumentException($"{name} must be ISO 8601 or microseconds since 1970, but is '{text}'.");

    public static DateTimeOffset Of(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
