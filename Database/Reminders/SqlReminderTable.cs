using Dapper;
using Orleans;
using Orleans.Runtime;

namespace Weir.Database.Reminders;

/// <summary>Keeps reminders in the table <c>reminders</c>. Each write gives a reminder an e-tag that never comes again.</summary>
internal sealed class SqlReminderTable(SiteDatabase database) : IReminderTable
{
    private const string Select =
        "SELECT grain_id AS GrainId, reminder_name AS Name, start_at AS StartAt, period AS Period, etag AS ETag FROM reminders ";

    /// <inheritdoc/>
    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        ReadAsync("WHERE grain_id = @grainId", new { grainId = grainId.ToString() });

    /// <inheritdoc/>
    /// <remarks>The range is a part of a ring: behind its begin up to its end, over the end of all numbers where that lies between.</remarks>
    public Task<ReminderTableData> ReadRows(uint begin, uint end) => ReadAsync(
        begin < end ? "WHERE grain_hash > @begin AND grain_hash <= @end" : "WHERE grain_hash > @begin OR grain_hash <= @end",
        new { begin = (long)begin, end = (long)end });

    /// <inheritdoc/>
    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        (await ReadAsync(
            "WHERE grain_id = @grainId AND reminder_name = @reminderName", new { grainId = grainId.ToString(), reminderName }))
        .Reminders.SingleOrDefault();

    /// <inheritdoc/>
    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var etag = Guid.NewGuid().ToString("N");
        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "INSERT INTO reminders (grain_id, reminder_name, grain_hash, start_at, period, etag) "
            + "VALUES (@grainId, @name, @hash, @startAt, @period, @etag)"
            + database.Dialect.ReplaceExisting("grain_id, reminder_name", "start_at", "period", "etag"),
            new
            {
                grainId = entry.GrainId.ToString(), name = entry.ReminderName, hash = (long)entry.GrainId.GetUniformHashCode(),
                startAt = UnixMicroseconds.From(new DateTimeOffset(entry.StartAt.Ticks, TimeSpan.Zero)),
                period = entry.Period.Ticks / TimeSpan.TicksPerMicrosecond, etag,
            },
            transaction));
        return etag;
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "DELETE FROM reminders WHERE grain_id = @grainId AND reminder_name = @reminderName AND etag = @eTag",
            new { grainId = grainId.ToString(), reminderName, eTag }, transaction)) == 1;

    /// <inheritdoc/>
    public Task TestOnlyClearTable() =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync("DELETE FROM reminders", transaction: transaction));

    private async Task<ReminderTableData> ReadAsync(string where, object parameters)
    {
        var rows = await database.ReadAsync(connection => connection.QueryAsync<Stored>(Select + where, parameters));
        return new ReminderTableData(rows.Select(row => row.ToEntry()));
    }

    private sealed record Stored(string GrainId, string Name, long StartAt, long Period, string ETag)
    {
        public ReminderEntry ToEntry() => new()
        {
            GrainId = Orleans.Runtime.GrainId.Parse(GrainId),
            ReminderName = Name,
            StartAt = UnixMicroseconds.ToTime(StartAt).UtcDateTime,
            Period = TimeSpan.FromTicks(Period * TimeSpan.TicksPerMicrosecond),
            ETag = ETag,
        };
    }
}
