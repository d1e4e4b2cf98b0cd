using System.Data.Common;
using Dapper;

namespace Weir.Database.Alarms;

/// <summary>One occurrence of an alarm.</summary>
public sealed record AlarmRow(
    string Id, string Source, string Kind, string Message,
    DateTimeOffset Raised, DateTimeOffset? Acknowledged, DateTimeOffset? Cleared);

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
        "SELECT id AS Id, source AS Source, kind AS Kind, message AS Message, raised AS Raised, "
        + "acknowledged AS Acknowledged, cleared AS Cleared FROM alarms ";

    /// <summary>
    /// Stores an alarm, unless its source has one of that kind that is not cleared. One caller at a time for a site:
    /// two at once may both store one.
    /// </summary>
    /// <returns>False if it had.</returns>
    public Task<bool> RaiseAsync(
        string id, string source, string kind, string message, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var standing = await connection.ExecuteScalarAsync<string?>(
                "SELECT id FROM alarms WHERE source = @source AND kind = @kind AND cleared IS NULL LIMIT 1",
                new { source, kind }, transaction);
            if (standing is not null) return false;
            await NoteAsync(connection, transaction, id, "raised", at);
            await connection.ExecuteAsync(
                "INSERT INTO alarms (id, source, kind, message, raised) VALUES (@id, @source, @kind, @message, @raised)",
                new
                {
                    id, source, kind, raised = UnixMicroseconds.From(at),
                    message = Cut(message, MostMessageLength),
                },
                transaction);
            return true;
        }, cancellationToken);

    /// <summary>Marks the alarm of a source and kind as over.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> ClearAsync(string source, string kind, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var standing = (await connection.QueryAsync<string>(
                "SELECT id FROM alarms WHERE source = @source AND kind = @kind AND cleared IS NULL", new { source, kind }, transaction)).AsList();
            foreach (var id in standing)
            {
                await connection.ExecuteAsync(
                    "UPDATE alarms SET cleared = @at WHERE id = @id", new { id, at = UnixMicroseconds.From(at) }, transaction);
                await NoteAsync(connection, transaction, id, "cleared", at);
            }
            return standing.Count > 0;
        }, cancellationToken);

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
            var rows = await connection.QueryAsync<Stored>(new CommandDefinition(
                Select + "WHERE raised >= @since OR cleared IS NULL ORDER BY raised DESC LIMIT @limit",
                new { since = UnixMicroseconds.From(since), limit }, cancellationToken: cancellationToken));
            return [.. rows.Select(row => row.ToAlarm())];
        }, cancellationToken);

    private Task<int> NoteAsync(
        DbConnection connection, DbTransaction transaction, string id, string change, DateTimeOffset at, string? user = null, string? note = null) =>
        connection.ExecuteAsync(
            "INSERT INTO alarm_history (alarm_id, happened_at, change_name, user_name, note) VALUES (@id, @at, @change, @user, @note)"
            + database.Dialect.KeepExisting("alarm_id, happened_at, change_name", "user_name"),
            new { id, at = UnixMicroseconds.From(at), change, user = Cut(user, 200), note = Cut(note, MostMessageLength) }, transaction);

    private static string? Cut(string? text, int length) => text?.Length > length ? text[..length] : text;

    private sealed record Stored(
        string Id, string Source, string Kind, string Message, long Raised, long? Acknowledged, long? Cleared)
    {
        public AlarmRow ToAlarm() => new(
            Id, Source, Kind, Message, UnixMicroseconds.ToTime(Raised),
            Acknowledged is { } seen ? UnixMicroseconds.ToTime(seen) : null,
            Cleared is { } over ? UnixMicroseconds.ToTime(over) : null);
    }
}
