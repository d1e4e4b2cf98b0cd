using Dapper;
using Weir.Database.Site;

namespace Weir.Database.Users;

/// <summary>A user, without the hash of the password. Times are microseconds since 1970-01-01 UTC.</summary>
/// <param name="Name">The name; at most 200 characters.</param>
/// <param name="Role">What the user is for, such as <c>mqtt</c>; at most 32 characters.</param>
/// <param name="Enabled">Whether the user may log in.</param>
/// <param name="Created">When the user was made.</param>
/// <param name="LastSeen">When the user logged in last, to the hour; null where that never was.</param>
public sealed record UserRow(string Name, string Role, bool Enabled, long Created, long? LastSeen);

/// <summary>
/// The table of users. Each change is in the audit, without the password and its hash. All members may be called from any
/// thread.
/// </summary>
public sealed class UserTable(SiteDatabase database, TimeProvider time)
{
    private long Now => UnixMicroseconds.From(time.GetUtcNow());

    /// <summary>Makes a user, or changes one.</summary>
    /// <param name="name">The name; at most 200 characters.</param>
    /// <param name="role">What the user is for; at most 32 characters.</param>
    /// <param name="passwordHash">The hash of the password; null leaves that of a user that is there as it is.</param>
    /// <param name="enabled">Whether the user may log in.</param>
    /// <param name="who">Who does it; null where that is not known.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>False where there is no such user and no password to make one with.</returns>
    public Task<bool> PutAsync(
        string name, string role, string? passwordHash, bool enabled, string? who = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            var now = Now;
            var isThere = await connection.ExecuteScalarAsync<string?>("SELECT user_name FROM users WHERE user_name = @name", new { name }, transaction) is not null;
            if (!isThere && passwordHash is null) return false;
            await connection.ExecuteAsync(
                isThere
                    ? "UPDATE users SET role_name = @role, enabled = @enabled, password_hash = COALESCE(@passwordHash, password_hash) WHERE user_name = @name"
                    : "INSERT INTO users (user_name, role_name, password_hash, enabled, created) VALUES (@name, @role, @passwordHash, @enabled, @now)",
                new { name, role, passwordHash, enabled = enabled ? 1 : 0, now }, transaction);
            var detail = $"{role}, {(enabled ? "enabled" : "disabled")}{(passwordHash is null ? "" : ", with a new password")}";
            await AuditRecord.NoteAsync(connection, transaction, new AuditRow(now, who, "put", $"user/{name}", detail));
            return true;
        }, cancellationToken);

    /// <summary>Removes a user.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> RemoveAsync(string name, string? who = null, CancellationToken cancellationToken = default) =>
        database.WriteAsync(async (connection, transaction) =>
        {
            if (await connection.ExecuteAsync("DELETE FROM users WHERE user_name = @name", new { name }, transaction) == 0) return false;
            await AuditRecord.NoteAsync(connection, transaction, new AuditRow(Now, who, "remove", $"user/{name}", null));
            return true;
        }, cancellationToken);

    /// <summary>The hash of a user's password; null where there is no such user, or the user may not log in.</summary>
    public Task<string?> FindHashAsync(string name, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT password_hash FROM users WHERE user_name = @name AND enabled = 1", new { name }, cancellationToken: cancellationToken)),
            cancellationToken);

    /// <summary>Notes that a user has logged in.</summary>
    public Task SeenAsync(string name, CancellationToken cancellationToken = default) =>
        database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "UPDATE users SET last_seen = @now WHERE user_name = @name", new { name, now = Now }, transaction), cancellationToken);

    /// <summary>All users, by name.</summary>
    public Task<IReadOnlyList<UserRow>> ListAsync(CancellationToken cancellationToken = default) =>
        database.ReadAsync<IReadOnlyList<UserRow>>(async connection =>
        {
            var rows = await connection.QueryAsync<(string Name, string Role, long Enabled, long Created, long? LastSeen)>(new CommandDefinition(
                "SELECT user_name, role_name, enabled, created, last_seen FROM users ORDER BY user_name", cancellationToken: cancellationToken));
            return [.. rows.Select(row => new UserRow(row.Name, row.Role, row.Enabled != 0, row.Created, row.LastSeen))];
        }, cancellationToken);
}
