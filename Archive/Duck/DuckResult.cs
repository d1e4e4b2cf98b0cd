using System.Runtime.InteropServices;

namespace Weir.Archive.Duck;

/// <summary>The rows of a statement, read chunk by chunk.</summary>
internal sealed unsafe class DuckResult : IDisposable
{
    private DuckNative.Result* native = (DuckNative.Result*)NativeMemory.AllocZeroed((nuint)sizeof(DuckNative.Result));
    private nint chunk;

    ~DuckResult() => Release();

    internal DuckNative.Result* Native => native;

    /// <summary>Goes on to the next chunk; what was read from the one before is gone.</summary>
    /// <returns>False at the end.</returns>
    public bool Read(out DuckChunk rows)
    {
        DropChunk();
        chunk = DuckNative.duckdb_fetch_chunk(*native);
        rows = new DuckChunk(chunk);
        return chunk != 0 && rows.Count > 0;
    }

    /// <summary>The first column of the first row, a BIGINT.</summary>
    public long ReadSingle() =>
        Read(out var rows) ? rows.Column(0).Int64(0) : throw new DuckException("read a result", "it has no row");

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (native is null) return;
        DropChunk();
        DuckNative.duckdb_destroy_result(native);
        NativeMemory.Free(native);
        native = null;
    }

    private void DropChunk()
    {
        if (chunk != 0) DuckNative.duckdb_destroy_data_chunk(ref chunk);
        chunk = 0;
    }
}

/// <summary>Up to 2,048 rows of a result, valid until the next is read.</summary>
internal readonly struct DuckChunk(nint handle)
{
    public int Count { get; } = handle == 0 ? 0 : (int)DuckNative.duckdb_data_chunk_get_size(handle);

    public DuckColumn Column(int index) => new(Vector(index));

    public nint Vector(int index) => DuckNative.duckdb_data_chunk_get_vector(handle, (ulong)index);
}

/// <summary>One column of a chunk. The caller knows the column's type, since it wrote the statement.</summary>
internal readonly unsafe struct DuckColumn(nint vector)
{
    private readonly void* data = DuckNative.duckdb_vector_get_data(vector);
    private readonly ulong* validity = DuckNative.duckdb_vector_get_validity(vector);

    public bool IsNull(int row) => validity is not null && (validity[row >> 6] & (1UL << (row & 63))) == 0;

    public long Int64(int row) => ((long*)data)[row];

    public double Double(int row) => ((double*)data)[row];

    public short Int16(int row) => ((short*)data)[row];

    public bool Boolean(int row) => ((byte*)data)[row] != 0;

    /// <summary>A VARCHAR's or BLOB's bytes, valid as long as the chunk.</summary>
    public ReadOnlySpan<byte> Bytes(int row) => DuckNative.Text.Bytes((DuckNative.Text*)data + row);
}
