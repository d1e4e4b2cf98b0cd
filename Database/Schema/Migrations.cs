using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Dapper;
using Microsoft.Extensions.Logging;
using Weir.Database.Detections;
using Weir.Database.Dialects;

namespace Weir.Database.Schema;

/// <summary>
/// Brings a database to the newest schema: runs the embedded <c>NNNN-name.sql</c> files it has not seen, in order.
/// One that was cut off is run again from its start.
/// </summary>
internal static partial class Migrations
{
    private const string Prefix = "schema/";
    private const string VersionTable =
        "CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL, applied BIGINT NOT NULL, PRIMARY KEY (version));";

    private const long Day = 86_400_000_000;
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);

    /// <summary>Runs them; no other process does so at the same time.</summary>
    public static async Task RunAsync(DbConnection connection, ISqlDialect dialect, ILogger logger)
    {
        await ExecuteAsync(connection, dialect, VersionTable, logger);
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
            if (current > 0) LogBegins(logger, version);
            await ExecuteAsync(connection, dialect, file, logger);
            await connection.ExecuteAsync(
                "INSERT INTO schema_version (version, applied) VALUES (@version, @applied)",
                new { version, applied = UnixMicroseconds.From(DateTimeOffset.UtcNow) });
        }
    }

    /// <summary>Runs a statement, if what it is about is as it must be.</summary>
    internal static async Task ExecuteAsync(DbConnection connection, ISqlDialect dialect, SchemaStatement statement, ILogger logger)
    {
        if (statement.Column is { } column && await IsThereAsync(connection, dialect, column) != statement.IsThere) return;
        // A change of a large table takes its time, and nobody waits for it but this start.
        try
        {
            if (statement.Times is { } times) await ExecuteDailyAsync(connection, statement.Sql, times, logger);
            else await connection.ExecuteAsync(statement.Sql, commandTimeout: 0);
        }
        catch (DbException e) when (dialect.IsIndexDone(e))
        {
            // An earlier run got this far.
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, ISqlDialect dialect, string file, ILogger logger)
    {
        foreach (var statement in dialect.SchemaStatements(file)) await ExecuteAsync(connection, dialect, statement, logger);
    }

    private static async Task ExecuteDailyAsync(DbConnection connection, string sql, string times, ILogger logger)
    {
        var (first, last) = await connection.QuerySingleAsync<(long? First, long? Last)>(times, commandTimeout: 0);
        if (first is null || last is null) return;
        var told = Stopwatch.GetTimestamp();
        for (var from = DetectionCounts.Bucket(first.Value, Day); from <= last; from += Day)
        {
            await connection.ExecuteAsync(sql, new { from, to = from + Day }, commandTimeout: 0);
            if (Stopwatch.GetElapsedTime(told) < TellEvery) continue;
            told = Stopwatch.GetTimestamp();
            LogProgress(logger, (from - first.Value) / Day + 1, (last.Value - first.Value) / Day + 1);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "The database is brought to version {Version} of its schema.")]
    private static partial void LogBegins(ILogger logger, int version);

    [LoggerMessage(Level = LogLevel.Information, Message = "The change of the schema has done {Days} of {All} days.")]
    private static partial void LogProgress(ILogger logger, long days, long all);
}
