using Weir.Database.Providers;

namespace Weir.Database;

/// <summary>
/// Where a site's database is: either <see cref="File"/> or <see cref="ConnectionString"/>. No record, since that
/// would print the password with the rest.
/// </summary>
public sealed class SiteDatabaseOptions
{
    /// <summary>Path of the SQLite file; made where it is missing.</summary>
    public string File { get; set; } = "";

    /// <summary>
    /// Where a database that speaks the MySQL protocol is, as MySql.Data has it:
    /// <c>Server=…;Port=…;User Id=…;Password=…;Database=…;SslMode=Required</c>. The database must exist; its tables are
    /// made. Never logged.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>How long a statement may take, waiting for others included; 1 s to 1 h.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long opening a connection may take; 1 s to 1 h. MySQL protocol only.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a start waits for another process that changes the schema; 1 s to 1 h. MySQL protocol only.</summary>
    public TimeSpan MigrationTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Most connections that work at one time; 1 to 1,000. MySQL protocol only.</summary>
    public int MaxConnections { get; set; } = 16;

    /// <summary>Whether many rows at once go by <c>LOAD DATA LOCAL</c>. MySQL protocol only.</summary>
    public BulkLoad BulkLoad { get; set; } = BulkLoad.Auto;

    internal static IEnumerable<string> Faults(SiteDatabaseOptions options)
    {
        if (options.File.Length > 0 == options.ConnectionString.Length > 0)
            yield return $"database: either {nameof(File)} or {nameof(ConnectionString)} must be given, and not both.";
        if (options.ConnectionString.Length > 0 && MySqlProvider.Fault(options.ConnectionString) is { } fault)
            yield return $"database: {nameof(ConnectionString)} cannot be used: {fault}.";
        (string Name, TimeSpan Value)[] times =
        [
            (nameof(CommandTimeout), options.CommandTimeout), (nameof(ConnectTimeout), options.ConnectTimeout),
            (nameof(MigrationTimeout), options.MigrationTimeout),
        ];
        foreach (var (name, value) in times)
        {
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromHours(1))
                yield return $"database: {name} must be between 1 s and 1 h, but is {value}.";
        }
        if (options.MaxConnections is < 1 or > 1000)
            yield return $"database: {nameof(MaxConnections)} must be between 1 and 1,000, but is {options.MaxConnections}.";
    }
}

/// <summary>Whether many rows at once are loaded from a file, <c>LOAD DATA LOCAL</c>, or inserted by statements.</summary>
public enum BulkLoad
{
    /// <summary>Where the server allows it and skips rows that are there already: MariaDB and MySQL.</summary>
    Auto,

    /// <summary>On any server.</summary>
    Always,

    /// <summary>Never. A server that allows it could ask the client for any file that the process may read.</summary>
    Never,
}
