using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

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
    private static readonly ConcurrentDictionary<long, IDuckRowSource> Sources = new();

    /// <summary>Offers a source to statements until the offer is disposed.</summary>
    public static Offer Add(IDuckRowSource source)
    {
        // Not to be guessed: a stranger's statement, which may call the function too, must not take another's rows.
        long number;
        do number = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;
        while (!Sources.TryAdd(number, source));
        return new Offer(number);
    }

    public static void Register(DuckConnection connection)
    {
        var function = DuckNative.duckdb_create_table_function();
        var bigint = DuckNative.duckdb_create_logical_type(DuckType.BigInt);
        try
        {
            DuckNative.duckdb_table_function_set_name(function, "weir_rows");
            DuckNative.duckdb_table_function_add_parameter(function, bigint);
            DuckNative.duckdb_table_function_set_bind(function, &Bind);
            DuckNative.duckdb_table_function_set_init(function, &Init);
            DuckNative.duckdb_table_function_set_function(function, &Fill);
            if (DuckNative.duckdb_register_table_function(connection.Handle, function) != 0)
                throw new DuckException("start", "it does not take the function weir_rows");
        }
        finally
        {
            DuckNative.duckdb_destroy_logical_type(ref bigint);
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
            var parameter = DuckNative.duckdb_bind_get_parameter(info, 0);
            var number = DuckNative.duckdb_get_int64(parameter);
            DuckNative.duckdb_destroy_value(ref parameter);
            foreach (var column in Sources[number].Columns)
            {
                var logical = column.Type == DuckType.Decimal
                    ? DuckNative.duckdb_create_decimal_type(DuckColumnDefinition.DecimalDigits, (byte)column.Scale)
                    : DuckNative.duckdb_create_logical_type(column.Type);
                DuckNative.duckdb_bind_add_result_column(info, column.Name, logical);
                DuckNative.duckdb_destroy_logical_type(ref logical);
            }
            DuckNative.duckdb_bind_set_bind_data(info, (nint)number, destroy: 0);
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
            var source = Sources[DuckNative.duckdb_function_get_bind_data(info)];
            var count = source.Fill(new DuckRows(chunk));
            DuckNative.duckdb_data_chunk_set_size(chunk, (ulong)count);
        }
        catch (Exception error)
        {
            DuckNative.duckdb_function_set_error(info, error.Message);
        }
    }
#pragma warning restore CA1031

    /// <summary>An offered source.</summary>
    internal readonly struct Offer(long number) : IDisposable
    {
        /// <summary>What to write after FROM.</summary>
        public string Sql => $"weir_rows({number})";

        public void Dispose() => Sources.TryRemove(number, out _);
    }
}

/// <summary>A chunk that a source fills.</summary>
internal readonly ref struct DuckRows(nint chunk)
{
    /// <summary>Most rows of one chunk.</summary>
    public static int Capacity { get; } = (int)DuckNative.duckdb_vector_size();

    public DuckColumnWriter Column(int index) => new(Vector(index));

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
