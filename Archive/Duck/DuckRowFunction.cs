using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weir.Archive.Duck;

/// <summary>Rows that DuckDB pulls from this process while a statement runs.</summary>
internal interface IDuckRowSource
{
    /// <summary>The columns, in order.</summary>
    IReadOnlyList<DuckColumnDefinition> Columns { get; }

    /// <summary>Writes the next rows; at most <see cref="DuckRows.Capacity"/>.</summary>
    /// <returns>How many; 0 ends the table.</returns>
    int Fill(DuckRows rows);
}

/// <summary>
/// The SQL function <c>weir_rows(n)</c>: the rows of a source that was offered under the number n. So messages go
/// from the ring into a Parquet writer, or one day into a join, with no table in between.
/// </summary>
internal static unsafe class DuckRowFunction
{
    private const string Name = "weir_rows";

    /// <summary>Offers a source to statements until the offer is disposed.</summary>
    public static DuckOffers<IDuckRowSource>.Offer Add(IDuckRowSource source) => DuckOffers<IDuckRowSource>.Add(source, Name);

    public static void Register(DuckConnection connection)
    {
        var function = DuckNative.duckdb_create_table_function();
        try
        {
            DuckNative.duckdb_table_function_set_bind(function, &Bind);
            DuckNative.duckdb_table_function_set_init(function, &Init);
            DuckNative.duckdb_table_function_set_function(function, &Fill);
            DuckTableFunction.Register(connection, function, Name);
        }
        finally
        {
            DuckNative.duckdb_destroy_table_function(ref function);
        }
    }

    // No exception may pass through DuckDB's frames, so each callback turns its own into DuckDB's kind of error.
#pragma warning disable CA1031
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        try
        {
            var number = DuckTableFunction.Number(info);
            DuckTableFunction.Bind(info, number, DuckOffers<IDuckRowSource>.Of(number).Columns);
        }
        catch (Exception error)
        {
            DuckNative.duckdb_bind_set_error(info, error.Message);
        }
    }

    // One thread reads a source (DuckDB's default for table functions), so rows keep their order.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Init(nint info)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Fill(nint info, nint chunk)
    {
        try
        {
            var source = DuckOffers<IDuckRowSource>.Of(DuckNative.duckdb_function_get_bind_data(info));
            var count = source.Fill(new DuckRows(chunk));
            DuckNative.duckdb_data_chunk_set_size(chunk, (ulong)count);
        }
        catch (Exception error)
        {
            DuckNative.duckdb_function_set_error(info, error.Message);
        }
    }
#pragma warning restore CA1031
}

/// <summary>A chunk that a source fills.</summary>
internal readonly ref struct DuckRows(nint chunk)
{
    /// <summary>Most rows of one chunk.</summary>
    public static int Capacity { get; } = (int)DuckNative.duckdb_vector_size();

    public DuckColumnWriter Column(int index) => new(Vector(index));

    /// <summary>Makes a column that of another chunk, which stays as it is.</summary>
    public void Refer(int index, DuckChunk from, int fromIndex) => DuckNative.duckdb_vector_reference_vector(Vector(index), from.Vector(fromIndex));

    public nint Vector(int index) => DuckNative.duckdb_data_chunk_get_vector(chunk, (ulong)index);
}

/// <summary>One column of a chunk that is being filled.</summary>
internal readonly unsafe ref struct DuckColumnWriter(nint vector)
{
    private readonly void* data = DuckNative.duckdb_vector_get_data(vector);

    public void Set(int row, long value) => ((long*)data)[row] = value;

    public void Set(int row, short value) => ((short*)data)[row] = value;

    public void Set(int row, bool value) => ((byte*)data)[row] = value ? (byte)1 : (byte)0;

    /// <summary>A BLOB, or a VARCHAR whose bytes are known to be UTF-8.</summary>
    public void Set(int row, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
            DuckNative.duckdb_unsafe_vector_assign_string_element_len(vector, (ulong)row, bytes, (ulong)value.Length);
    }

    public void SetNull(int row)
    {
        DuckNative.duckdb_vector_ensure_validity_writable(vector);
        DuckNative.duckdb_vector_get_validity(vector)[row >> 6] &= ~(1UL << (row & 63));
    }
}
