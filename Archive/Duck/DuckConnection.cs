namespace Weir.Archive.Duck;

/// <summary>A connection with the statements that were prepared on it. For one caller at a time.</summary>
internal sealed class DuckConnection(DuckConnectionHandle handle) : IDisposable
{
    // Every statement here has a constant text, so this stays small; the cap guards against one that does not.
    private const int MaxStatements = 64;

    private readonly Dictionary<string, DuckStatement> statements = new(StringComparer.Ordinal);

    internal DuckConnectionHandle Handle => handle;

    /// <summary>Whether the connection was interrupted in its work and should not be used again.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>A statement of this text, prepared before or now; it belongs to the connection.</summary>
    /// <exception cref="DuckException">DuckDB does not understand the text.</exception>
    public DuckStatement Prepare(string sql)
    {
        if (statements.TryGetValue(sql, out var known)) return known;
        if (statements.Count >= MaxStatements) Forget();
        var statement = DuckStatement.Prepare(this, sql);
        statements.Add(sql, statement);
        return statement;
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Execute(string sql, CancellationToken cancellationToken = default)
    {
        using var statement = DuckStatement.Prepare(this, sql);
        using var result = statement.Execute("run a statement", file: null, cancellationToken);
    }

    /// <summary>
    /// Whether footers of Parquet files are kept from one statement to the next, as they are at first. They are known by
    /// their path, and a path of a file in memory is soon that of another.
    /// </summary>
    public bool KeepsFooters
    {
        get;
        set
        {
            if (field != value) Execute($"SET SESSION parquet_metadata_cache = {(value ? "true" : "false")}");
            field = value;
        }
    } = true;

    /// <summary>Ends the running statement from another thread; it fails then.</summary>
    public void Interrupt()
    {
        IsBroken = true;
        DuckNative.duckdb_interrupt(handle);
    }

    public void Dispose()
    {
        Forget();
        handle.Dispose();
    }

    private void Forget()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        statements.Clear();
    }
}
