using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Weir.Database.GrainState;

/// <summary>
/// Keeps the state of grains as JSON in the table <c>grain_state</c>. The e-tag is a number that rises with every
/// write; a write whose e-tag is not the stored one fails with <see cref="InconsistentStateException"/>.
/// A cleared state leaves a row without payload behind, so that its e-tag never comes again.
/// </summary>
internal sealed class SqlGrainStorage(SiteDatabase database, TimeProvider time) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var row = await database.ReadAsync(connection => FindAsync(connection, null, stateName, grainId));
        grainState.ETag = row is null ? null! : ETag(row.Etag);
        grainState.RecordExists = row?.Payload is not null;
        grainState.State = row?.Payload is { } payload
            ? JsonSerializer.Deserialize<T>(payload) ?? Activator.CreateInstance<T>()
            : Activator.CreateInstance<T>();
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(grainState.State);
        grainState.ETag = await StoreAsync(stateName, grainId, grainState.ETag, payload);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.ETag = await StoreAsync(stateName, grainId, grainState.ETag, payload: null);
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    private Task<string> StoreAsync(string stateName, GrainId grainId, string? etag, byte[]? payload) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var stored = await FindAsync(connection, transaction, stateName, grainId);
            var storedTag = stored is null ? null : ETag(stored.Etag);
            if (storedTag != etag) throw Overtaken(stateName, grainId, storedTag, etag);

            var next = (stored?.Etag ?? 0) + 1;
            var row = new
            {
                stateName, id = grainId.ToString(), known = stored?.Etag, next, payload, modified = UnixMicroseconds.From(time.GetUtcNow()),
            };
            var isOurs = stored is null
                ? await TryInsertAsync(connection, transaction, row)
                : await connection.ExecuteAsync(
                    "UPDATE grain_state SET etag = @next, payload = @payload, modified = @modified "
                    + "WHERE state_name = @stateName AND grain_id = @id AND etag = @known", row, transaction) == 1;
            return isOurs ? ETag(next) : throw Overtaken(stateName, grainId, "(another)", etag);
        });

    private async Task<bool> TryInsertAsync(DbConnection connection, DbTransaction transaction, object row)
    {
        try
        {
            await connection.ExecuteAsync(
                "INSERT INTO grain_state (state_name, grain_id, etag, payload, modified) "
                + "VALUES (@stateName, @id, @next, @payload, @modified)", row, transaction);
            return true;
        }
        catch (DbException e) when (database.Dialect.IsDuplicateKey(e))
        {
            return false;
        }
    }

    private static InconsistentStateException Overtaken(string stateName, GrainId grainId, string? stored, string? known) => new(
        $"The state '{stateName}' of grain {grainId} has e-tag {stored ?? "(none)"} in the database, "
        + $"but the writer knows {known ?? "(none)"}: somebody else has written it.", stored!, known!);

    private static Task<Stored?> FindAsync(DbConnection connection, DbTransaction? transaction, string stateName, GrainId grainId) =>
        connection.QuerySingleOrDefaultAsync<Stored>(
            "SELECT etag AS Etag, payload AS Payload FROM grain_state WHERE state_name = @stateName AND grain_id = @id",
            new { stateName, id = grainId.ToString() }, transaction);

    private static string ETag(long etag) => etag.ToString(CultureInfo.InvariantCulture);

    private sealed record Stored(long Etag, byte[]? Payload);
}
