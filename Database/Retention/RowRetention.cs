using Dapper;
using Microsoft.Extensions.Options;

namespace Weir.Database.Retention;

/// <summary>
/// Lets go of rows that have passed their age, in steps so small that nobody waits long, and gives their space back.
/// All members may be called from any thread.
/// </summary>
public sealed class RowRetention(SiteDatabase database, IOptions<RetentionOptions> options, TimeProvider time)
{
    private readonly EvidenceRetention evidence = new(database);

    /// <summary>What would go now; nothing goes.</summary>
    public async Task<IReadOnlyList<ExpiredRows>> PreviewAsync(CancellationToken cancellationToken = default)
    {
        var expired = new List<ExpiredRows>();
        foreach (var rule in await RulesAsync(cancellationToken))
        {
            var rows = await database.ReadAsync(connection => connection.ExecuteScalarAsync<long>(new CommandDefinition(
                $"SELECT COUNT(*) FROM {rule.Table} WHERE {rule.Where}", rule.Parameters, cancellationToken: cancellationToken)), cancellationToken);
            expired.Add(new ExpiredRows(rule.Table, rule.Class, rule.Before, rows));
        }
        var pieces = 0L;
        await evidence.ForEachPageAsync(EvidenceBefore, options.Value.RowsAStep, unnamed => Task.FromResult(pieces += unnamed.Count), cancellationToken);
        expired.Add(new ExpiredRows("evidence", null, EvidenceBefore, pieces));
        return expired;
    }

    /// <summary>Lets it go.</summary>
    /// <returns>What went.</returns>
    public async Task<IReadOnlyList<ExpiredRows>> RunAsync(CancellationToken cancellationToken = default)
    {
        var gone = new List<ExpiredRows>();
        foreach (var rule in await RulesAsync(cancellationToken))
            gone.Add(new ExpiredRows(rule.Table, rule.Class, rule.Before, await DeleteAsync(rule, cancellationToken)));
        var pieces = 0L;
        await evidence.ForEachPageAsync(EvidenceBefore, options.Value.RowsAStep, async unnamed =>
        {
            await evidence.DeleteAsync(unnamed, EvidenceBefore, cancellationToken);
            pieces += unnamed.Count;
            await PauseAsync(cancellationToken);
        }, cancellationToken);
        gone.Add(new ExpiredRows("evidence", null, EvidenceBefore, pieces));
        while (await database.ReleaseSpaceAsync(cancellationToken)) await PauseAsync(cancellationToken);
        return gone;
    }

    private long EvidenceBefore => Before(options.Value.Evidence);

    private async Task<List<AgeRule>> RulesAsync(CancellationToken cancellationToken)
    {
        var ages = options.Value;
        var rules = new List<AgeRule>();
        foreach (var name in await ClassesAsync("detections", cancellationToken))
            rules.Add(AgeRule.OfClass("detections", "frame_time", name, Before(ages.Classes.GetValueOrDefault(name, ages.Detections))));
        foreach (var name in await ClassesAsync("tracks", cancellationToken))
            rules.Add(AgeRule.OfClass("tracks", "first_time", name, Before(ages.Classes.GetValueOrDefault(name, ages.Tracks))));
        // A word or zone whose detection has gone finds nothing.
        foreach (var table in (string[])["detection_words", "detection_zones"])
            rules.Add(AgeRule.Of(table, "frame_time", Before(ages.Classes.Values.Append(ages.Detections).Max())));
        foreach (var table in (string[])["detection_counts", "detection_counts_of_site"])
            foreach (var width in Detections.DetectionCounts.Widths) rules.Add(AgeRule.Of(table, "bucket", Before(ages.Counts), $"width = {width}"));
        rules.Add(AgeRule.Of("scene_events", "happened_at", Before(ages.SceneEvents)));
        rules.Add(AgeRule.Of("scene_event_words", "happened_at", Before(ages.SceneEvents)));
        rules.Add(AgeRule.Of("alarms", "raised", Before(ages.Alarms), "cleared IS NOT NULL"));
        rules.Add(AgeRule.Of("gaps", "noticed", Before(ages.Gaps)));
        rules.Add(AgeRule.Of("transfers", "started", Before(ages.Transfers)));
        rules.Add(AgeRule.Of("audit", "happened_at", Before(ages.Audit)));
        rules.Add(AgeRule.Of("dead_letters", "noticed", Before(ages.DeadLetters)));
        return rules;
    }

    // Each class is one look at the index: a DISTINCT would read all of it.
    private async Task<List<string>> ClassesAsync(string table, CancellationToken cancellationToken)
    {
        var classes = new List<string>();
        string? next = null;
        do
        {
            next = await database.ReadAsync(connection => connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                $"SELECT MIN(class) FROM {table}{(next is null ? "" : " WHERE class > @next")}", new { next }, cancellationToken: cancellationToken)),
                cancellationToken);
            if (next is not null) classes.Add(next);
        }
        while (next is not null);
        return classes;
    }

    private async Task<long> DeleteAsync(AgeRule rule, CancellationToken cancellationToken)
    {
        var rows = 0L;
        while (true)
        {
            var (deleted, mayBeMore) = await DeleteStepAsync(rule, cancellationToken);
            rows += deleted;
            if (!mayBeMore) return rows;
            await PauseAsync(cancellationToken);
        }
    }

    private Task<(int Rows, bool MayBeMore)> DeleteStepAsync(AgeRule rule, CancellationToken cancellationToken) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            // SQLite has no DELETE with a limit, so the time of the last row to go is looked up first; all of one time go together.
            var last = await connection.ExecuteScalarAsync<long?>(
                $"SELECT {rule.TimeColumn} FROM {rule.Table} WHERE {rule.Where} ORDER BY {rule.TimeColumn} LIMIT 1 OFFSET {options.Value.RowsAStep - 1}",
                rule.Parameters, transaction);
            var step = rule with { Before = last + 1 ?? rule.Before };
            if (rule.Table == "alarms") await DeleteOfAlarmsAsync(connection, transaction, step);
            var rows = await connection.ExecuteAsync($"DELETE FROM {step.Table} WHERE {step.Where}", step.Parameters, transaction);
            return (rows, last is not null);
        }, cancellationToken);

    private static async Task DeleteOfAlarmsAsync(System.Data.Common.DbConnection connection, System.Data.Common.DbTransaction transaction, AgeRule step)
    {
        foreach (var table in (string[])["alarm_history", "alarm_evidence"])
        {
            await connection.ExecuteAsync(
                $"DELETE FROM {table} WHERE alarm_id IN (SELECT id FROM alarms WHERE {step.Where})", step.Parameters, transaction);
        }
    }

    private Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(options.Value.Pause, time, cancellationToken);

    private long Before(TimeSpan age) => UnixMicroseconds.From(time.GetUtcNow() - age);

    /// <summary>Rows of a table, or of a class in it, go by the time in a column. Its names are ours, never from outside.</summary>
    private sealed record AgeRule(string Table, string TimeColumn, string Condition, string? Class, long Before)
    {
        public string Where => $"{Condition}{TimeColumn} < @before";

        public object Parameters => new { before = Before, @class = Class };

        public static AgeRule Of(string table, string time, long before, string? condition = null) =>
            new(table, time, condition is null ? "" : $"{condition} AND ", null, before);

        public static AgeRule OfClass(string table, string time, string name, long before) => new(table, time, "class = @class AND ", name, before);
    }
}
