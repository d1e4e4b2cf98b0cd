using System.Data.Common;
using Dapper;
using Weir.Database.Rows;

namespace Weir.Database.Alarms;

/// <summary>One occurrence of an alarm.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Source">What it is about, such as <c>camera/street</c>.</param>
/// <param name="Kind">What has happened, in a word.</param>
/// <param name="Message">What has happened, in a sentence.</param>
/// <param name="Raised">Since when.</param>
/// <param name="Acknowledged">When somebody saw it.</param>
/// <param name="Cleared">When it was over.</param>
/// <param name="RuleId">The rule that raised it; null where it was the site itself.</param>
/// <param name="AcknowledgedBy">Who saw it, where that is known.</param>
public sealed record AlarmRow(
    string Id, string Source, string Kind, string Message,
    DateTimeOffset Raised, DateTimeOffset? Acknowledged, DateTimeOffset? Cleared, string? RuleId, string? AcknowledgedBy);

/// <summary>A step in the life of an alarm.</summary>
/// <param name="Change"><c>raised</c>, <c>acknowledged</c> or <c>cleared</c>.</param>
/// <param name="At">When.</param>
/// <param name="UserName">Who, where it was a person that is known.</param>
/// <param name="Note">What that person had to say.</param>
public sealed record AlarmChange(string Change, DateTimeOffset At, string? UserName, string? Note);

/// <summary>The table of alarms. All members may be called from any thread.</summary>
public sealed class AlarmTable(SiteDatabase database)
{
    private const int MostMessageLength = 2000;

    private const string Select =
        "SELECT a.id AS Id, a.source AS Source, a.kind AS Kind, a.message AS Message, a.raised AS Raised, a.acknowledged AS Acknowledged, "
        + "a.cleared AS Cleared, a.rule_id AS RuleId, h.user_name AS AcknowledgedBy FROM alarms a "
        + "LEFT JOIN alarm_history h ON h.alarm_id = a.id AND h.happened_at = a.acknowledged AND h.change_name = 'acknowledged' ";

    /// <summary>
    /// Stores an alarm, unless its source has one of that kind that is not cleared. One caller at a time for a site:
    /// two at once may both store one.
    /// </summary>
    /// <param name="id">Names it; at most 32 characters.</param>
    /// <param name="source">What it is about; at most 255 characters.</param>
    /// <param name="kind">What has happened, in a word; at most 64 characters.</param>
    /// <param name="message">What has happened, in a sentence; cut at 2,000 characters.</param>
    /// <param name="at">When.</param>
    /// <param name="rule">The rule that raises it; null for none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>False if it had.</returns>
    public Task<bool> RaiseAsync(
        string id, string source, string kind, string message, DateTimeOffset at, string? rule = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var standing = await connection.ExecuteScalarAsync<string?>(
                "SELECT id FROM alarms WHERE source = @source AND kind = @kind AND cleared IS NULL LIMIT 1",
                new { source, kind }, transaction);
            if (standing is not null) return false;
            await NoteAsync(connection, transaction, id, "raised", at);
            await connection.ExecuteAsync(
                "INSERT INTO alarms (id, source, kind, message, raised, rule_id) VALUES (@id, @source, @kind, @message, @raised, @rule)",
                new
                {
                    id, source, kind, rule, raised = UnixMicroseconds.From(at),
                    message = CutText.Of(message, MostMessageLength),
                },
                transaction);
            return true;
        }, cancellationToken);

    /// <summary>Marks the alarm of a source and kind as over.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> ClearAsync(string source, string kind, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        ClearAsync("source = @source AND kind = @kind", new { source, kind }, at, cancellationToken);

    /// <summary>Marks all alarms of a source as over, since the source is gone.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> ClearSourceAsync(string source, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        ClearAsync("source = @source", new { source }, at, cancellationToken);

    /// <summary>Marks all alarms of a rule as over, since the rule has changed or is gone.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> ClearRuleAsync(string rule, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        ClearAsync("rule_id = @rule", new { rule }, at, cancellationToken);

    /// <summary>Marks an alarm as seen.</summary>
    /// <param name="id">The alarm.</param>
    /// <param name="at">When.</param>
    /// <param name="user">Who saw it; null where it is not known.</param>
    /// <param name="note">What that person has to say; cut at 2,000 characters.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>False if there is none of that id, or it was seen before.</returns>
    public Task<bool> AcknowledgeAsync(
        string id, DateTimeOffset at, string? user = null, string? note = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var isNew = await connection.ExecuteAsync(
                "UPDATE alarms SET acknowledged = @at WHERE id = @id AND acknowledged IS NULL",
                new { id, at = UnixMicroseconds.From(at) }, transaction) == 1;
            if (isNew) await NoteAsync(connection, transaction, id, "acknowledged", at, user, note);
            return isNew;
        }, cancellationToken);

    /// <summary>Says that a piece of evidence, stored before, belongs to an alarm; a repeat changes nothing.</summary>
    public Task AddEvidenceAsync(string id, string sha256, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "INSERT INTO alarm_evidence (alarm_id, sha256, added) VALUES (@id, @sha256, @at)"
            + database.Dialect.KeepExisting("alarm_id, sha256", "added"), new { id, sha256, at = UnixMicroseconds.From(at) }, transaction),
            cancellationToken);

    /// <summary>The evidence of an alarm, in the order it was added: names for <see cref="Evidence.EvidenceStore"/>.</summary>
    public Task<IReadOnlyList<string>> ListEvidenceAsync(string id, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<string>>(async connection => [.. await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT sha256 FROM alarm_evidence WHERE alarm_id = @id ORDER BY added, sha256", new { id }, cancellationToken: cancellationToken))],
            cancellationToken);

    /// <summary>What an alarm has gone through, oldest first.</summary>
    public Task<IReadOnlyList<AlarmChange>> HistoryAsync(string id, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<AlarmChange>>(async connection =>
        {
            var rows = await connection.QueryAsync<(string Change, long At, string? User, string? Note)>(new CommandDefinition(
                "SELECT change_name, happened_at, user_name, note FROM alarm_history WHERE alarm_id = @id ORDER BY happened_at",
                new { id }, cancellationToken: cancellationToken));
            return [.. rows.Select(row => new AlarmChange(row.Change, UnixMicroseconds.ToTime(row.At), row.User, row.Note))];
        }, cancellationToken);

    /// <summary>Alarms that were raised since a time or are not cleared, newest first.</summary>
    public Task<IReadOnlyList<AlarmRow>> ListAsync(DateTimeOffset since, int limit, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<AlarmRow>>(async connection =>
        {
            // Two questions, each with an index: one with OR would look at all.
            var parameters = new { since = UnixMicroseconds.From(since), limit };
            var raised = await connection.QueryAsync<Stored>(new CommandDefinition(SqlRaised, parameters, cancellationToken: cancellationToken));
            var standing = await connection.QueryAsync<Stored>(new CommandDefinition(SqlStanding, parameters, cancellationToken: cancellationToken));
            return [.. raised.Concat(standing).Take(limit).Select(row => row.ToAlarm())];
        }, cancellationToken);

    internal const string SqlRaised = Select + "WHERE a.raised >= @since ORDER BY a.raised DESC LIMIT @limit";

    internal const string SqlStanding = Select + "WHERE a.cleared IS NULL AND a.raised < @since ORDER BY a.raised DESC LIMIT @limit";

    private Task<bool> ClearAsync(string where, object parameters, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var standing = (await connection.QueryAsync<string>($"SELECT id FROM alarms WHERE {where} AND cleared IS NULL", parameters, transaction)).AsList();
            foreach (var id in standing)
            {
                await connection.ExecuteAsync(
                    "UPDATE alarms SET cleared = @at WHERE id = @id", new { id, at = UnixMicroseconds.From(at) }, transaction);
                await NoteAsync(connection, transaction, id, "cleared", at);
            }
            return standing.Count > 0;
        }, cancellationToken);

    private Task<int> NoteAsync(
        DbConnection connection, DbTransaction transaction, string id, string change, DateTimeOffset at, string? user = null, string? note = null) =>
        connection.ExecuteAsync(
            "INSERT INTO alarm_history (alarm_id, happened_at, change_name, user_name, note) VALUES (@id, @at, @change, @user, @note)"
            + database.Dialect.KeepExisting("alarm_id, happened_at, change_name", "user_name"),
            new { id, at = UnixMicroseconds.From(at), change, user = CutText.Of(user, 200), note = CutText.Of(note, MostMessageLength) }, transaction);

    private sealed record Stored(
        string Id, string Source, string Kind, string Message, long Raised, long? Acknowledged, long? Cleared, string? RuleId, string? AcknowledgedBy)
    {
        public AlarmRow ToAlarm() => new(
            Id, Source, Kind, Message, UnixMicroseconds.ToTime(Raised),
            Acknowledged is { } seen ? UnixMicroseconds.ToTime(seen) : null,
            Cleared is { } over ? UnixMicroseconds.ToTime(over) : null, RuleId, AcknowledgedBy);
    }
}
