using Orleans.Runtime;

namespace Orleans;

/// <summary>Where reminders are kept, so that they survive a restart; a service of the silo. Thread-safe.</summary>
public interface IReminderTable
{
    /// <summary>Prepares the table, before the first call and within <see cref="Hosting.ReminderOptions.InitializationTimeout"/>. A failure ends the silo's start.</summary>
#pragma warning disable CS0618 // A table of an earlier day has only Init.
    Task StartAsync(CancellationToken cancellationToken = default) => Init();
#pragma warning restore CS0618

    /// <summary>Prepares the table.</summary>
    [Obsolete("Implement and use StartAsync instead")]
    Task Init() => Task.CompletedTask;

    /// <summary>The reminders of a grain.</summary>
    Task<ReminderTableData> ReadRows(GrainId grainId);

    /// <summary>
    /// The reminders of the grains whose <see cref="GrainId.GetUniformHashCode"/> is more than
    /// <paramref name="begin"/> and at most <paramref name="end"/>; if <paramref name="begin"/> is not less than
    /// <paramref name="end"/>, the range goes over the highest number to the lowest: with 0 and 0 it is everything.
    /// </summary>
    Task<ReminderTableData> ReadRows(uint begin, uint end);

    /// <summary>A reminder, null if there is none.</summary>
    Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName);

    /// <summary>Stores a reminder, in place of the one of its grain and name; gives its e-tag, null if that failed.</summary>
    Task<string?> UpsertRow(ReminderEntry entry);

    /// <summary>Removes a reminder; false if there is none of that e-tag.</summary>
    Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag);

    /// <summary>Removes all reminders. For tests.</summary>
    Task TestOnlyClearTable();

    /// <summary>Called after the last call.</summary>
    Task StopAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}

/// <summary>Reminders as they are stored.</summary>
[GenerateSerializer]
public sealed class ReminderTableData
{
    /// <summary>None.</summary>
    public ReminderTableData() => Reminders = [];

    /// <summary>One.</summary>
    public ReminderTableData(ReminderEntry entry) => Reminders = [entry];

    /// <summary>Several.</summary>
    public ReminderTableData(IEnumerable<ReminderEntry> list) => Reminders = [.. list];

    /// <summary>The reminders, in no order.</summary>
    [Id(0)]
    public IList<ReminderEntry> Reminders { get; private set; }

    /// <summary>Their count and each of them.</summary>
    public override string ToString() => $"[{Reminders.Count} reminders: {string.Join(", ", Reminders)}]";
}

/// <summary>A reminder as it is stored.</summary>
[GenerateSerializer]
public sealed class ReminderEntry
{
    /// <summary>The grain.</summary>
    [Id(0)]
    public GrainId GrainId { get; set; }

    /// <summary>The name, unique within the grain.</summary>
    [Id(1)]
    public string ReminderName { get; set; } = null!;

    /// <summary>When it first ticks. UTC.</summary>
    [Id(2)]
    public DateTime StartAt { get; set; }

    /// <summary>From tick to tick.</summary>
    [Id(3)]
    public TimeSpan Period { get; set; }

    /// <summary>The version, another one at each write.</summary>
    [Id(4)]
    public string? ETag { get; set; }

    /// <summary>Grain, name and period.</summary>
    public override string ToString() => $"<GrainId={GrainId} ReminderName={ReminderName} Period={Period}>";
}
