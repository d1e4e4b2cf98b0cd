using System.Globalization;

namespace Weir.Silo.Api;

/// <summary>
/// A time in a query: ISO 8601 with its zone (<c>2026-11-22T10:00:00Z</c>; UTC where it has none), or a whole number
/// of microseconds since 1970-01-01 UTC.
/// </summary>
internal readonly record struct TimeParameter(long Microseconds)
{
    public static bool TryParse(string? text, IFormatProvider? provider, out TimeParameter time)
    {
        time = default;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds))
        {
            time = new TimeParameter(microseconds);
            return true;
        }
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, utc, out var moment)) return false;
        time = new TimeParameter((moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        return true;
    }
}
