using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weir.Archive.Duck;

/// <summary>A table of this process that statements may read as often as they like.</summary>
internal interface IDuckTable
{
    /// <summary>The columns, in order.</summary>
    IReadOnlyList<DuckColumnDefinition> Columns { get; }

    /// <summary>Begins to read it; for one thread, and disposed at the end.</summary>
    /// <param name="columns">The numbers of the columns that are wanted, in the order in which they are.</param>
    IDuckScan Scan(IReadOnlyList<int> columns);
}

/// <summary>A table that is being read.</summary>
internal interface IDuckScan : IDisposable
{
    /// <summary>Writes the next rows; at most <see cref="DuckRows.Capacity"/>.</summary>
    /// <returns>How many; 0 ends the table.</returns>
    int Fill(DuckRows rows);
}

/// <summary>The SQL function <c>weir_table(n)</c>: the rows of a table that was offered under the number n.</summary>
internal static unsafe class DuckTableFunction
{
    private const string Name = "weir_table";

    /// <summary>Offers a table to statements until the offer is disposed.</summary>
    public static DuckOffers<IDuckTable>.Offer Add(IDuckTable table) => DuckOffers<IDuckTable>.Add(table, Name);

    public static void Register(DuckConnection connection)
    {
        var function = DuckNative.duckdb_create_table_function();
        try
        {
            DuckNative.duckdb_table_function_supports_projection_pushdown(function, true);
            DuckNative.duckdb_table_function_set_bind(function, &Bind);
            DuckNative.duckdb_table_function_set_init(function, &Init);
            DuckNative.duckdb_table_function_set_function(function, &Fill);
            Register(connection, function, Name);
        }
        finally
        {
            DuckNative.duckdb_destroy_table_function(ref function);
        }
    }

    /// <summary>Makes a function of one number known under a name.</summary>
    public static void Register(DuckConnection connection, nint function, string name)
    {
        var bigint = DuckNative.duckdb_create_logical_type(DuckType.BigInt);
        try
        {
            DuckNative.duckdb_table_function_set_name(function, name);
            DuckNative.duckdb_table_function_add_parameter(function, bigint);
            if (DuckNative.duckdb_register_table_function(connection.Handle, function) != 0)
                throw new DuckException("start", $"it does not take the function {name}");
        }
        finally
        {
            DuckNative.duckdb_destroy_logical_type(ref bigint);
        }
    }

    /// <summary>The number that a function was called with.</summary>
    public static nint Number(nint info)
    {
        var parameter = DuckNative.duckdb_bind_get_parameter(info, 0);
        var number = DuckNative.duckdb_get_int64(parameter);
        DuckNative.duckdb_destroy_value(ref parameter);
        return (nint)number;
    }

    /// <summary>Says what columns a function gives.</summary>
    public static void Bind(nint info, nint number, IReadOnlyList<DuckColumnDefinition> columns)
    {
        foreach (var column in columns)
        {
            var logical = column.Type == DuckType.Decimal
                ? DuckNative.duckdb_create_decimal_type(DuckColumnDefinition.DecimalDigits, (byte)column.Scale)
                : DuckNative.duckdb_create_logical_type(column.Type);
            DuckNative.duckdb_bind_add_result_column(info, column.Name, logical);
            DuckNative.duckdb_destroy_logical_type(ref logical);
        }
        DuckNative.duckdb_bind_set_bind_data(info, number, destroy: 0);
    }

    // No exception may pass through DuckDB's frames, so each callback turns its own into DuckDB's kind of error.
#pragma warning disable CA1031
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        try
        {
            var number = Number(info);
            Bind(info, number, DuckOffers<IDuckTable>.Of(number).Columns);
        }
        catch (Exception error)
        {
            DuckNative.duckdb_bind_set_error(info, error.Message);
        }
    }

    // One thread reads it (DuckDB's default for table functions).
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info)
    {
        try
        {
            var columns = new int[DuckNative.duckdb_init_get_column_count(info)];
            for (var i = 0; i < columns.Length; i++) columns[i] = (int)DuckNative.duckdb_init_get_column_index(info, (ulong)i);
            var scan = DuckOffers<IDuckTable>.Of(DuckNative.duckdb_init_get_bind_data(info)).Scan(columns);
            DuckNative.duckdb_init_set_init_data(info, GCHandle.ToIntPtr(GCHandle.Alloc(scan)), &End);
        }
        catch (Exception error)
        {
            DuckNative.duckdb_init_set_error(info, error.Message);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Fill(nint info, nint chunk)
    {
        try
        {
            var scan = (IDuckScan)GCHandle.FromIntPtr(DuckNative.duckdb_function_get_init_data(info)).Target!;
            DuckNative.duckdb_data_chunk_set_size(chunk, (ulong)scan.Fill(new DuckRows(chunk)));
        }
        catch (Exception error)
        {
            DuckNative.duckdb_function_set_error(info, error.Message);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(nint scan)
    {
        var handle = GCHandle.FromIntPtr(scan);
        try
        {
            ((IDuckScan)handle.Target!).Dispose();
        }
        catch (Exception)
        {
            // What it held is the system's; nobody is there to be told.
        }
        handle.Free();
    }
#pragma warning restore CA1031
}
