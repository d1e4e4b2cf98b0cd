namespace Weir.Database.Retention;

/// <summary>How long rows stay in the database. Ages are an hour at least.</summary>
public sealed class RetentionOptions
{
    /// <summary>Detections, by the time of their frame.</summary>
    public TimeSpan Detections { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Tracks, by the time at which they began.</summary>
    public TimeSpan Tracks { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Detections and tracks of single classes, where they differ from the rest: <c>Classes:person</c>.</summary>
    public Dictionary<string, TimeSpan> Classes { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Counts of detections by minute, hour and day.</summary>
    public TimeSpan Counts { get; set; } = TimeSpan.FromDays(400);

    /// <summary>Scene events.</summary>
    public TimeSpan SceneEvents { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Evidence that no track, scene event or alarm names, by the time it was last stored.</summary>
    public TimeSpan Evidence { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Alarms that are over, with their history, by the time they were raised.</summary>
    public TimeSpan Alarms { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Gaps.</summary>
    public TimeSpan Gaps { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Transfers.</summary>
    public TimeSpan Transfers { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The record of who changed what.</summary>
    public TimeSpan Audit { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Dead letters.</summary>
    public TimeSpan DeadLetters { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Whether old rows go. Where they do not, what would go can still be asked for.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How often it is looked for old rows; 1 min to 1 day.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>About how many rows go in one transaction; 1 to 100,000.</summary>
    public int RowsAStep { get; set; } = 2_000;

    /// <summary>How long others have the database to themselves between two steps; up to 1 min.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(100);

    internal static IEnumerable<string> Faults(RetentionOptions options)
    {
        (string Name, TimeSpan Age)[] ages =
        [
            (nameof(Detections), options.Detections), (nameof(Tracks), options.Tracks), (nameof(Counts), options.Counts),
            (nameof(SceneEvents), options.SceneEvents), (nameof(Evidence), options.Evidence), (nameof(Alarms), options.Alarms),
            (nameof(Gaps), options.Gaps), (nameof(Transfers), options.Transfers), (nameof(Audit), options.Audit),
            (nameof(DeadLetters), options.DeadLetters), .. options.Classes.Select(entry => ($"{nameof(Classes)}:{entry.Key}", entry.Value)),
        ];
        foreach (var (name, age) in ages)
        {
            if (age < TimeSpan.FromHours(1) || age > TimeSpan.FromDays(36_500))
                yield return $"retention: {name} must be between an hour and 36,500 days, but is {age}.";
        }
        if (options.Every < TimeSpan.FromMinutes(1) || options.Every > TimeSpan.FromDays(1))
            yield return $"retention: {nameof(Every)} must be between a minute and a day, but is {options.Every}.";
        if (options.RowsAStep is < 1 or > 100_000)
            yield return $"retention: {nameof(RowsAStep)} must be between 1 and 100,000, but is {options.RowsAStep:#,0}.";
        if (options.Pause < TimeSpan.Zero || options.Pause > TimeSpan.FromMinutes(1))
            yield return $"retention: {nameof(Pause)} must be between 0 and a minute, but is {options.Pause}.";
    }
}

/// <summary>How many rows have passed their age.</summary>
/// <param name="Table">The table.</param>
/// <param name="Class">The class; null where the table has none.</param>
/// <param name="Before">The time before which rows go, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Rows">How many.</param>
public sealed record ExpiredRows(string Table, string? Class, long Before, long Rows);
