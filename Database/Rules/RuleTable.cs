using Dapper;
using Weir.Database.Rows;
using Weir.Database.Site;

namespace Weir.Database.Rules;

/// <summary>A rule: a condition that raises an alarm.</summary>
/// <param name="Id">Its id; at most 64 characters.</param>
/// <param name="Name">What pages call it; cut at 200 characters.</param>
/// <param name="Kind">What it looks at, in a word; at most 32 characters.</param>
/// <param name="Settings">What is set, as JSON.</param>
/// <param name="Enabled">Whether it is looked at.</param>
public sealed record RuleRow(string Id, string Name, string Kind, string Settings, bool Enabled);

/// <summary>The table of rules. Each change is in the audit. All members may be called from any thread.</summary>
public sealed class RuleTable(SiteDatabase database, TimeProvider time)
{
    /// <summary>Stores a rule, new or in place of the one that it has.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="who">Who did it; null where that is not known.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task PutAsync(RuleRow rule, string? who = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var now = UnixMicroseconds.From(time.GetUtcNow());
            await connection.ExecuteAsync(
                "INSERT INTO rules (id, name, kind, settings, enabled, updated) VALUES (@Id, @name, @Kind, @Settings, @enabled, @now)"
                + database.Dialect.ReplaceExisting("id", "name", "kind", "settings", "enabled", "updated"),
                new { rule.Id, name = CutText.Of(rule.Name, 200), rule.Kind, rule.Settings, enabled = rule.Enabled ? 1 : 0, now }, transaction);
            await AuditRecord.NoteAsync(connection, transaction, new AuditRow(now, who, "put", $"rule/{rule.Id}", rule.Settings));
            return true;
        }, cancellationToken);

    /// <summary>Removes a rule; its alarms stay.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> RemoveAsync(string id, string? who = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            if (await connection.ExecuteAsync("DELETE FROM rules WHERE id = @id", new { id }, transaction) == 0) return false;
            await AuditRecord.NoteAsync(
                connection, transaction, new AuditRow(UnixMicroseconds.From(time.GetUtcNow()), who, "remove", $"rule/{id}", null));
            return true;
        }, cancellationToken);

    /// <summary>All rules, by id.</summary>
    public Task<IReadOnlyList<RuleRow>> ListAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<RuleRow>>(async connection =>
        {
            var rows = await connection.QueryAsync<(string Id, string Name, string Kind, string Settings, long Enabled)>(new CommandDefinition(
                "SELECT id, name, kind, settings, enabled FROM rules ORDER BY id", cancellationToken: cancellationToken));
            return [.. rows.Select(row => new RuleRow(row.Id, row.Name, row.Kind, row.Settings, row.Enabled != 0))];
        }, cancellationToken);
}
