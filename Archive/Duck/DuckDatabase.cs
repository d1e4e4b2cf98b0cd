using System.Collections.Concurrent;
using System.Globalization;

namespace Weir.Archive.Duck;

/// <summary>
/// One DuckDB in this process, without a database file of its own: it reads and writes Parquet files for as many
/// exchanges as there are. May be used from any thread.
/// </summary>
public sealed class DuckDatabase : IDisposable
{
    // A slow query leaves at least one place for a quick one.
    private const int MinQueries = 2;

    private readonly DuckDatabaseHandle handle;
    private readonly ConcurrentBag<DuckConnection> idle = [];
    private volatile bool disposed;

    private readonly SemaphoreSlim querying;

    private DuckDatabase(DuckDatabaseHandle handle, int queries)
    {
        this.handle = handle;
        querying = new SemaphoreSlim(queries, queries);
    }

    /// <summary>The library's version, such as <c>v1.5.5</c>.</summary>
    public static string Version => DuckNative.Utf8(DuckNative.duckdb_library_version()) ?? "";

    /// <summary>Starts DuckDB.</summary>
    /// <param name="dataFolder">Where a query that needs more than its memory may put temporary files, in a folder <c>duck-temp</c>.</param>
    /// <param name="options">What it may use; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="DuckException">DuckDB did not start.</exception>
    public static DuckDatabase Open(string dataFolder, DuckOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(dataFolder);
        options ??= new DuckOptions();
        options.Validate();
        var database = new DuckDatabase(Start(Path.Combine(dataFolder, "duck-temp"), options), Math.Max(MinQueries, options.Threads));
        try
        {
            using var connection = database.Connect();
            // Files are written once and never changed, so their footers can be kept.
            connection.Execute("SET GLOBAL parquet_metadata_cache = true");
            DuckRowFunction.Register(connection);
        }
        catch
        {
            database.Dispose();
            throw;
        }
        return database;
    }

    /// <summary>Starts a DuckDB for one statement of a stranger: it puts nothing on disk. What it may read is still to be locked.</summary>
    /// <exception cref="DuckException">DuckDB did not start.</exception>
    internal static DuckDatabase OpenSandbox(long memoryBytes, int threads)
    {
        var options = new DuckOptions { MemoryBytes = memoryBytes, Threads = threads };
        var database = new DuckDatabase(Start(temporaryFolder: "", options), queries: 1);
        try
        {
            using var connection = database.Connect();
            connection.Execute("SET GLOBAL max_temp_directory_size = '0KiB'");
            connection.Execute("SET GLOBAL allow_community_extensions = false");
            DuckRowFunction.Register(connection);
            DuckTableFunction.Register(connection);
        }
        catch
        {
            database.Dispose();
            throw;
        }
        return database;
    }

    /// <summary>Ends DuckDB once its running queries have ended.</summary>
    public void Dispose()
    {
        disposed = true;
        while (idle.TryTake(out var connection)) connection.Dispose();
        handle.Dispose();
        querying.Dispose();
    }

    /// <summary>A new connection, for one caller at a time.</summary>
    internal DuckConnection Connect() =>
        DuckNative.duckdb_connect(handle, out var connection) == 0
            ? new DuckConnection(new DuckConnectionHandle(connection))
            : throw new DuckException("connect", "there is no more room");

    /// <summary>
    /// Lets a query work with a connection on a thread of the pool. Only as many run at once as DuckDB has threads for;
    /// the others wait, so that many askers do not share the memory out too thinly.
    /// </summary>
    internal async Task<T> QueryAsync<T>(Func<DuckConnection, T> query, CancellationToken cancellationToken)
    {
        await querying.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Query(query), cancellationToken);
        }
        finally
        {
            querying.Release();
        }
    }

    private T Query<T>(Func<DuckConnection, T> query)
    {
        // A connection that was used before has its statements prepared.
        if (!idle.TryTake(out var connection)) connection = Connect();
        try
        {
            return query(connection);
        }
        finally
        {
            if (disposed || connection.IsBroken) connection.Dispose();
            else idle.Add(connection);
        }
    }

    private static DuckDatabaseHandle Start(string temporaryFolder, DuckOptions options)
    {
        (string Name, string Value)[] settings =
        [
            // A site may be offline and must not fetch code; everything needed is inside the library.
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("memory_limit", string.Create(CultureInfo.InvariantCulture, $"{options.MemoryBytes >> 10}KiB")),
            ("threads", options.Threads.ToString(CultureInfo.InvariantCulture)),
            ("temp_directory", temporaryFolder),
        ];

        if (DuckNative.duckdb_create_config(out var config) != 0) throw new DuckException("start", "no configuration");
        try
        {
            foreach (var (name, value) in settings)
            {
                if (DuckNative.duckdb_set_config(config, name, value) != 0)
                    throw new DuckException("start", $"it does not take {name} = {value}");
            }
            if (DuckNative.duckdb_open_ext(null, out var database, config, out var error) == 0)
                return new DuckDatabaseHandle(database);
            var detail = DuckNative.Utf8(error);
            DuckNative.duckdb_free(error);
            throw new DuckException("start", detail);
        }
        finally
        {
            DuckNative.duckdb_destroy_config(ref config);
        }
    }
}
