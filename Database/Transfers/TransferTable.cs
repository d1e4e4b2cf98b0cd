using Dapper;
using Weir.Database.Rows;

namespace Weir.Database.Transfers;

/// <summary>The table of transfers. All members may be called from any thread.</summary>
public sealed class TransferTable(SiteDatabase database)
{
    private static readonly RowTable<TransferRow> Rows = new(
        "transfers",
        [RowColumn.Text("id", 64)],
        [
            RowColumn.Text("site", 64), RowColumn.Text("kind", 32), RowColumn.Text("item", 512), RowColumn.OptionalText("sha256", 64), "byte_size",
            "byte_done", RowColumn.Text("state_name", 16), RowColumn.OptionalText("fault", 2000), "started", "ended",
            RowColumn.OptionalText("transfer_name", 255), RowColumn.OptionalText("client", 255), "messages", RowColumn.OptionalText("holder", 64),
        ],
        (row, values) =>
        {
            values.Add(row.Id);
            values.Add(row.Site);
            values.Add(row.Kind);
            values.Add(row.Item);
            values.Add(row.Sha256);
            values.Add(row.ByteSize);
            values.Add(row.ByteDone);
            values.Add(row.State);
            values.Add(row.Fault);
            values.Add(row.Started);
            values.Add(row.Ended);
            values.Add(row.Name);
            values.Add(row.Client);
            values.Add(row.Messages);
            values.Add(row.Holder);
        });

    /// <summary>Stores transfers, new or in place of what was known of them, in one transaction.</summary>
    /// <param name="rows">No id twice.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentException">A value does not fit its column; the message says which.</exception>
    public Task PutAsync(IEnumerable<TransferRow> rows, CancellationToken cancellationToken = default)
    {
        List<TransferRow> fitting = [.. rows.Select(Fit)];
        foreach (var row in fitting) Rows.Check(row);
        return database.WriteAsync((connection, transaction) =>
        {
            database.Insert(connection, transaction, Rows, fitting, ExistingRow.IsReplaced);
            return Task.FromResult(true);
        }, cancellationToken);
    }

    /// <summary>Ends the transfers of a process that run by the table and are not known to the process any more.</summary>
    /// <param name="holder">The process.</param>
    /// <param name="running">The ids that go on.</param>
    /// <param name="before">Only those that began before this time, in microseconds since 1970-01-01 UTC.</param>
    /// <param name="fault">Why they ended.</param>
    /// <param name="at">When it was noticed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many were ended.</returns>
    public Task<int> EndOthersAsync(
        string holder, IReadOnlyCollection<string> running, long before, string fault, long at, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var known = await connection.QueryAsync<string>(SqlRunning, new { running = TransferStates.Running, holder, before }, transaction);
            var gone = known.Except(running, StringComparer.Ordinal).ToList();
            foreach (var id in gone)
            {
                await connection.ExecuteAsync(
                    "UPDATE transfers SET state_name = @state, fault = @fault, ended = @at WHERE id = @id",
                    new { id, state = TransferStates.Failed, fault, at }, transaction);
            }
            return gone.Count;
        }, cancellationToken);

    /// <summary>Transfers, newest first.</summary>
    public Task<IReadOnlyList<TransferRow>> QueryAsync(TransferFilter filter, CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<TransferRow>>(async connection => [.. await connection.QueryAsync<TransferRow>(new CommandDefinition(
            Sql(filter), Parameters(filter), cancellationToken: cancellationToken))], cancellationToken);

    internal const string SqlRunning = "SELECT id FROM transfers WHERE state_name = @running AND started < @before AND holder = @holder";

    internal static string Sql(TransferFilter filter) =>
        """
        SELECT id AS Id, kind AS Kind, site AS Site, item AS Item, transfer_name AS Name, client AS Client, sha256 AS Sha256,
               byte_size AS ByteSize, byte_done AS ByteDone, COALESCE(messages, 0) AS Messages, state_name AS State, fault AS Fault,
               started AS Started, ended AS Ended, COALESCE(holder, '') AS Holder
        FROM transfers WHERE started >= @from AND started < @to
        """
        + (filter.State is null ? " " : " AND state_name = @state ")
        + (filter.After is null ? "" : "AND (started < @afterTime OR id < @afterId) ")
        + "ORDER BY started DESC, id DESC LIMIT @limit";

    // The place to go on from is the upper bound: a later page costs no more than the first.
    internal static object Parameters(TransferFilter filter) => new
    {
        from = filter.From, to = filter.After is { } place ? Math.Min(filter.To, place.Started + 1) : filter.To, state = filter.State,
        limit = filter.Limit, afterTime = filter.After?.Started, afterId = filter.After?.Id,
    };

    private static TransferRow Fit(TransferRow row) => row with
    {
        Site = CutText.Of(row.Site, 64), Item = CutText.Of(row.Item, 512), Name = CutText.Of(row.Name, 255), Client = CutText.Of(row.Client, 255),
        Fault = CutText.Of(row.Fault, 2000),
    };
}
