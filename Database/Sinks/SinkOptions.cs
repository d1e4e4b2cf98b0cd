namespace Weir.Database.Sinks;

/// <summary>How results are stored.</summary>
public sealed class SinkOptions
{
    /// <summary>The name under which the sink keeps its place in the streams.</summary>
    public const string Reader = "database";

    /// <summary>
    /// Most rows that go into the database in one transaction, but always one event; 1 to 100,000. So many come only
    /// where the database is behind: a page that all of them change, and a count that all of them add to, is written once.
    /// </summary>
    public int BatchRows { get; set; } = 50_000;

    /// <summary>
    /// Most bytes of events that are read for one transaction, but always one event; 64 KiB to 64 MiB. Two such
    /// batches are in memory beside the one that is written.
    /// </summary>
    public int BatchBytes { get; set; } = 16 << 20;

    /// <summary>How long a batch that is not full waits for more, so that few results make few transactions; 0 to 10 s.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>First pause after the database has failed; 1 ms to 1 min. It doubles with each failure.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause; up to 10 min.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the streams are told how far the database is, so that they may let go of what lies before; 10 ms to 10 min.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(5);

    internal static IEnumerable<string> Faults(SinkOptions options)
    {
        if (options.BatchRows is < 1 or > 100_000)
            yield return $"sink: {nameof(BatchRows)} must be between 1 and 100,000, but is {options.BatchRows:#,0}.";
        if (options.BatchBytes is < 64 << 10 or > 64 << 20)
            yield return $"sink: {nameof(BatchBytes)} must be between 65,536 and 67,108,864, but is {options.BatchBytes:#,0}.";
        if (options.Linger < TimeSpan.Zero || options.Linger > TimeSpan.FromSeconds(10))
            yield return $"sink: {nameof(Linger)} must be between 0 and 10 s, but is {options.Linger}.";
        if (options.FirstPause < TimeSpan.FromMilliseconds(1) || options.FirstPause > TimeSpan.FromMinutes(1))
            yield return $"sink: {nameof(FirstPause)} must be between 1 ms and 1 min, but is {options.FirstPause}.";
        if (options.LongestPause < options.FirstPause || options.LongestPause > TimeSpan.FromMinutes(10))
            yield return $"sink: {nameof(LongestPause)} must be between {nameof(FirstPause)} and 10 min, but is {options.LongestPause}.";
        if (options.CheckpointInterval < TimeSpan.FromMilliseconds(10) || options.CheckpointInterval > TimeSpan.FromMinutes(10))
            yield return $"sink: {nameof(CheckpointInterval)} must be between 10 ms and 10 min, but is {options.CheckpointInterval}.";
    }
}
