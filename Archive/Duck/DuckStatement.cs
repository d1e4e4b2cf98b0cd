using System.Text;

namespace Weir.Archive.Duck;

/// <summary>A prepared statement; its parameters are numbered from 1.</summary>
internal sealed unsafe class DuckStatement : IDisposable
{
    /// <summary>DUCKDB_STATEMENT_TYPE_SELECT.</summary>
    private const int SelectStatement = 1;

    private readonly DuckConnection connection;
    private readonly DuckStatementHandle handle;

    private DuckStatement(DuckConnection connection, DuckStatementHandle handle)
    {
        this.connection = connection;
        this.handle = handle;
    }

    public static DuckStatement Prepare(DuckConnection connection, string sql)
    {
        var state = DuckNative.duckdb_prepare(connection.Handle, sql, out var prepared);
        var handle = new DuckStatementHandle(prepared);
        if (state == 0) return new DuckStatement(connection, handle);
        var detail = DuckNative.Utf8(DuckNative.duckdb_prepare_error(handle));
        handle.Dispose();
        throw new DuckException("prepare a statement", detail);
    }

    /// <summary>Prepares a text that must be one SELECT and nothing else, without parameters.</summary>
    /// <exception cref="DuckException">It is not, or DuckDB does not understand it.</exception>
    public static DuckStatement PrepareSelect(DuckConnection connection, string sql)
    {
        var count = DuckNative.duckdb_extract_statements(connection.Handle, sql, out var extracted);
        try
        {
            if (count == 0) throw new DuckException("prepare", DuckNative.Utf8(DuckNative.duckdb_extract_statements_error(extracted)) ?? "there is no statement");
            if (count > 1) throw new DuckException("prepare", $"only one statement may be given, but there are {count}");
            var state = DuckNative.duckdb_prepare_extracted_statement(connection.Handle, extracted, 0, out var prepared);
            var handle = new DuckStatementHandle(prepared);
            try
            {
                if (state != 0) throw new DuckException("prepare", DuckNative.Utf8(DuckNative.duckdb_prepare_error(handle)));
                if (DuckNative.duckdb_prepared_statement_type(handle) != SelectStatement) throw new DuckException("prepare", "only a SELECT may be given");
                if (DuckNative.duckdb_nparams(handle) > 0) throw new DuckException("prepare", "a statement may not have parameters");
                return new DuckStatement(connection, handle);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        finally
        {
            DuckNative.duckdb_destroy_extracted(ref extracted);
        }
    }

    /// <summary>The columns of its result.</summary>
    public IReadOnlyList<(string Name, DuckType Type)> Columns()
    {
        var columns = new (string, DuckType)[DuckNative.duckdb_prepared_statement_column_count(handle)];
        for (var i = 0; i < columns.Length; i++)
        {
            var name = DuckNative.duckdb_prepared_statement_column_name(handle, (ulong)i);
            columns[i] = (DuckNative.Utf8(name) ?? "", DuckNative.duckdb_prepared_statement_column_type(handle, (ulong)i));
            DuckNative.duckdb_free(name);
        }
        return columns;
    }

    public DuckStatement Bind(int parameter, long value)
    {
        Check(DuckNative.duckdb_bind_int64(handle, (ulong)parameter, value), parameter);
        return this;
    }

    public DuckStatement Bind(int parameter, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* text = bytes)
            Check(DuckNative.duckdb_bind_varchar_length(handle, (ulong)parameter, text, (ulong)bytes.Length), parameter);
        return this;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="what">What it does, for the error: "DuckDB could not ‹what› 'file': …".</param>
    /// <param name="file">The file that it is about.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    public DuckResult Execute(string what, string? file, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = new DuckResult();
        int state;
        using (cancellationToken.UnsafeRegister(static owner => ((DuckConnection)owner!).Interrupt(), connection))
            state = DuckNative.duckdb_execute_prepared(handle, result.Native);
        if (state == 0) return result;

        var detail = DuckNative.Utf8(DuckNative.duckdb_result_error(result.Native));
        result.Dispose();
        cancellationToken.ThrowIfCancellationRequested();
        throw new DuckException(what, detail, file);
    }

    public void Dispose() => handle.Dispose();

    private static void Check(int state, int parameter)
    {
        if (state != 0) throw new DuckException("bind", $"the statement takes no such value as parameter {parameter}");
    }
}
