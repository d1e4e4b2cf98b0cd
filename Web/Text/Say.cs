using System.Globalization;

namespace Weir.Web.Text;

/// <summary>Says numbers, sizes and times the way people read them.</summary>
internal static class Say
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>A count: <c>12,345</c>, or <c>1.2 M</c> from a million on.</summary>
    public static string Count(long count) => count switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.##} G"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.##} M"),
        _ => count.ToString("#,0", CultureInfo.InvariantCulture),
    };

    /// <summary>A rate: one decimal below a hundred, none above.</summary>
    public static string Rate(double perSecond) => perSecond switch
    {
        < 100 => perSecond.ToString("0.0", CultureInfo.InvariantCulture),
        < 1_000_000 => perSecond.ToString("#,0", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1e6:0.##} M"),
    };

    /// <summary>A size in binary units: <c>1.5 MiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        double size = bytes;
        var unit = 0;
        for (; size >= 1024 && unit < Units.Length - 1; unit++) size /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {Units[unit]}");
    }

    /// <summary>A span of time by its largest unit or two: <c>4 s</c>, <c>3 min</c>, <c>2 h 5 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "0 s",
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalSeconds} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h {span.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} d {span.Hours} h"),
    };

    /// <summary>A typed value of a message.</summary>
    public static string Value(object? value) => value switch
    {
        null => "",
        byte[] bytes => Convert.ToHexString(bytes),
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>How long ago a time was.</summary>
    public static string Ago(DateTimeOffset time) => $"{Span(DateTimeOffset.UtcNow - time)} ago";

    /// <summary>A time of day in UTC, with milliseconds.</summary>
    public static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>A date and time in UTC.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>Microseconds since 1970 as a time in UTC, to the millisecond.</summary>
    public static string Micros(long micros) =>
        DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).UtcDateTime
            .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
