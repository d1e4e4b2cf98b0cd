using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weir.Archive.Duck;

/// <summary>The functions of DuckDB's C API (duckdb.h, 1.5) that are used here. A non-zero state is a failure.</summary>
internal static unsafe partial class DuckNative
{
    private const string Library = "duckdb";

    /// <summary>duckdb_result: five deprecated fields and one pointer. It is passed by value to duckdb_fetch_chunk.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Result
    {
        private readonly ulong columnCount, rowCount, rowsChanged;
        private readonly nint columns, errorMessage, data;
    }

    /// <summary>duckdb_string_t: up to 12 bytes lie inside, more behind the pointer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    public struct Text
    {
        private const uint MaxInline = 12;

        [FieldOffset(0)] private readonly uint length;
        [FieldOffset(8)] private readonly byte* pointer;

        public static ReadOnlySpan<byte> Bytes(Text* text) =>
            new(text->length <= MaxInline ? (byte*)text + sizeof(uint) : text->pointer, (int)text->length);
    }

    [LibraryImport(Library)] public static partial nint duckdb_library_version();
    [LibraryImport(Library)] public static partial void duckdb_free(nint pointer);
    [LibraryImport(Library)] public static partial ulong duckdb_vector_size();

    [LibraryImport(Library)] public static partial int duckdb_create_config(out nint config);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_set_config(nint config, string name, string option);
    [LibraryImport(Library)] public static partial void duckdb_destroy_config(ref nint config);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_open_ext(string? path, out nint database, nint config, out nint error);
    [LibraryImport(Library)] public static partial void duckdb_close(ref nint database);
    [LibraryImport(Library)] public static partial int duckdb_connect(DuckDatabaseHandle database, out nint connection);
    [LibraryImport(Library)] public static partial void duckdb_disconnect(ref nint connection);
    [LibraryImport(Library)] public static partial void duckdb_interrupt(DuckConnectionHandle connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int duckdb_prepare(DuckConnectionHandle connection, string sql, out nint statement);
    [LibraryImport(Library)] public static partial nint duckdb_prepare_error(DuckStatementHandle statement);
    [LibraryImport(Library)] public static partial void duckdb_destroy_prepare(ref nint statement);
    [LibraryImport(Library)] public static partial int duckdb_bind_int64(DuckStatementHandle statement, ulong index, long value);
    [LibraryImport(Library)]
    public static partial int duckdb_bind_varchar_length(DuckStatementHandle statement, ulong index, byte* text, ulong length);
    [LibraryImport(Library)] public static partial int duckdb_prepared_statement_type(DuckStatementHandle statement);
    [LibraryImport(Library)] public static partial ulong duckdb_prepared_statement_column_count(DuckStatementHandle statement);
    [LibraryImport(Library)] public static partial nint duckdb_prepared_statement_column_name(DuckStatementHandle statement, ulong column);
    [LibraryImport(Library)] public static partial DuckType duckdb_prepared_statement_column_type(DuckStatementHandle statement, ulong column);
    [LibraryImport(Library)] public static partial ulong duckdb_nparams(DuckStatementHandle statement);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial ulong duckdb_extract_statements(DuckConnectionHandle connection, string sql, out nint statements);
    [LibraryImport(Library)] public static partial nint duckdb_extract_statements_error(nint statements);
    [LibraryImport(Library)] public static partial int duckdb_prepare_extracted_statement(
        DuckConnectionHandle connection, nint statements, ulong index, out nint statement);
    [LibraryImport(Library)] public static partial void duckdb_destroy_extracted(ref nint statements);
    [LibraryImport(Library)] public static partial int duckdb_execute_prepared(DuckStatementHandle statement, Result* result);

    [LibraryImport(Library)] public static partial void duckdb_destroy_result(Result* result);
    [LibraryImport(Library)] public static partial nint duckdb_result_error(Result* result);
    [LibraryImport(Library)] public static partial int duckdb_result_error_type(Result* result);
    [LibraryImport(Library)] public static partial nint duckdb_fetch_chunk(Result result);

    [LibraryImport(Library)] public static partial void duckdb_destroy_data_chunk(ref nint chunk);
    [LibraryImport(Library)] public static partial ulong duckdb_data_chunk_get_size(nint chunk);
    [LibraryImport(Library)] public static partial void duckdb_data_chunk_set_size(nint chunk, ulong size);
    [LibraryImport(Library)] public static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);
    [LibraryImport(Library)] public static partial void* duckdb_vector_get_data(nint vector);
    [LibraryImport(Library)] public static partial ulong* duckdb_vector_get_validity(nint vector);
    [LibraryImport(Library)] public static partial void duckdb_vector_ensure_validity_writable(nint vector);
    [LibraryImport(Library)] public static partial void duckdb_vector_reference_vector(nint vector, nint from);

    // Copies the bytes into the vector's own memory and returns at once: cheap enough to leave the collector waiting.
    [LibraryImport(Library), SuppressGCTransition]
    public static partial void duckdb_unsafe_vector_assign_string_element_len(nint vector, ulong row, byte* text, ulong length);

    [LibraryImport(Library)] public static partial nint duckdb_create_logical_type(DuckType type);
    [LibraryImport(Library)] public static partial nint duckdb_create_decimal_type(byte width, byte scale);
    [LibraryImport(Library)] public static partial void duckdb_destroy_logical_type(ref nint type);
    [LibraryImport(Library)] public static partial long duckdb_get_int64(nint value);
    [LibraryImport(Library)] public static partial void duckdb_destroy_value(ref nint value);

    [LibraryImport(Library)] public static partial nint duckdb_create_table_function();
    [LibraryImport(Library)] public static partial void duckdb_destroy_table_function(ref nint function);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_table_function_set_name(nint function, string name);
    [LibraryImport(Library)] public static partial void duckdb_table_function_add_parameter(nint function, nint type);
    [LibraryImport(Library)]
    public static partial void duckdb_table_function_set_bind(nint function, delegate* unmanaged[Cdecl]<nint, void> bind);
    [LibraryImport(Library)]
    public static partial void duckdb_table_function_set_init(nint function, delegate* unmanaged[Cdecl]<nint, void> init);
    [LibraryImport(Library)]
    public static partial void duckdb_table_function_set_function(nint function, delegate* unmanaged[Cdecl]<nint, nint, void> fill);
    [LibraryImport(Library)]
    public static partial void duckdb_table_function_supports_projection_pushdown(nint function, [MarshalAs(UnmanagedType.U1)] bool supports);
    [LibraryImport(Library)] public static partial int duckdb_register_table_function(DuckConnectionHandle connection, nint function);

    [LibraryImport(Library)] public static partial nint duckdb_bind_get_parameter(nint info, ulong index);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_bind_add_result_column(nint info, string name, nint type);
    [LibraryImport(Library)] public static partial void duckdb_bind_set_bind_data(nint info, nint data, nint destroy);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_bind_set_error(nint info, string error);
    [LibraryImport(Library)] public static partial nint duckdb_function_get_bind_data(nint info);
    [LibraryImport(Library)] public static partial nint duckdb_function_get_init_data(nint info);
    [LibraryImport(Library)] public static partial nint duckdb_init_get_bind_data(nint info);
    [LibraryImport(Library)] public static partial ulong duckdb_init_get_column_count(nint info);
    [LibraryImport(Library)] public static partial ulong duckdb_init_get_column_index(nint info, ulong index);
    [LibraryImport(Library)]
    public static partial void duckdb_init_set_init_data(nint info, nint data, delegate* unmanaged[Cdecl]<nint, void> destroy);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_init_set_error(nint info, string error);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void duckdb_function_set_error(nint info, string error);

    public static string? Utf8(nint text) => Marshal.PtrToStringUTF8(text);
}

/// <summary>duckdb_type: the column types that are used or told apart here.</summary>
internal enum DuckType
{
    Boolean = 1,
    TinyInt = 2,
    SmallInt = 3,
    Integer = 4,
    BigInt = 5,
    UTinyInt = 6,
    USmallInt = 7,
    UInteger = 8,
    UBigInt = 9,
    Float = 10,
    Double = 11,
    HugeInt = 16,
    Varchar = 17,
    Blob = 18,
    Decimal = 19,
}
