using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Dapper;
using Weir.Database.Dialects;

namespace Weir.Database.Schema;

/// <summary>
/// Brings a database to the newest schema: runs the embedded <c>NNNN-name.sql</c> files it has not seen, in order.
/// One that was cut off is run again from its start.
/// </summary>
internal static class Migrations
{
    private const string Prefix = "schema/";
    private const string VersionTable =
        "CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL, applied BIGINT NOT NULL, PRIMARY KEY (version));";

    /// <summary>Runs them; no other process does so at the same time.</summary>
    public static async Task RunAsync(DbConnection connection, ISqlDialect dialect)
    {
        await ExecuteAsync(connection, dialect, VersionTable);
        var current = await connection.ExecuteScalarAsync<int?>("SELECT MAX(version) FROM schema_version") ?? 0;
        var all = Files();
        if (current > all[^1].Version)
        {
            throw new InvalidOperationException(
                $"The database has schema version {current}, but this version of Weir knows only up to {all[^1].Version}. "
                + "Start the version of Weir that made it, or a newer one.");
        }

        foreach (var (version, file) in all.Where(file => file.Version > current))
        {
            await ExecuteAsync(connection, dialect, file);
            await connection.ExecuteAsync(
                "INSERT INTO schema_version (version, applied) VALUES (@version, @applied)",
                new { version, applied = UnixMicroseconds.From(DateTimeOffset.UtcNow) });
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, ISqlDialect dialect, string file)
    {
        foreach (var statement in dialect.SchemaStatements(file))
        {
            if (statement.Column is { } column && await IsThereAsync(connection, dialect, column) != statement.IsThere) continue;
            // A change of a large table takes its time, and nobody waits for it but this start.
            try
            {
                await connection.ExecuteAsync(statement.Sql, commandTimeout: 0);
            }
            catch (DbException e) when (dialect.IsIndexDone(e))
            {
                // An earlier run got this far.
            }
        }
    }

    // By asking for it: what a database tells of its own tables, each tells in its own way.
    private static async Task<bool> IsThereAsync(DbConnection connection, ISqlDialect dialect, string column)
    {
        var parts = column.Split('.');
        try
        {
            await connection.ExecuteAsync($"SELECT {parts[1]} FROM {parts[0]} WHERE 1 = 0");
            return true;
        }
        catch (DbException e) when (dialect.IsMissing(e))
        {
            return false;
        }
    }

    private static List<(int Version, string File)> Files()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (Version: int.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture), File: Read(assembly, name)))
            .OrderBy(file => file.Version)];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
