namespace Weir.Archive.Duck;

/// <summary>A column of a source: its name, its type, and the decimals of a <see cref="DuckType.Decimal"/>.</summary>
internal readonly record struct DuckColumnDefinition(string Name, DuckType Type, int Scale = 0)
{
    /// <summary>Digits of a decimal: the most that DuckDB keeps in 64 bits.</summary>
    public const byte DecimalDigits = 18;

    /// <summary>The type as SQL writes it.</summary>
    public string SqlType => Type == DuckType.Decimal ? $"DECIMAL({DecimalDigits}, {Scale})" : Type.ToString();

    public static implicit operator DuckColumnDefinition((string Name, DuckType Type) column) => new(column.Name, column.Type);
}

/// <summary>One column of the chunks that a source fills, in which many cells are empty. For one thread.</summary>
internal sealed unsafe class DuckNullableColumn
{
    private nint vector;
    private void* data;
    private ulong* validity;

    /// <summary>A chunk begins.</summary>
    public void Begin(DuckRows rows, int column)
    {
        vector = rows.Vector(column);
        data = DuckNative.duckdb_vector_get_data(vector);
        validity = null;
    }

    /// <summary>A BIGINT, the digits of a DECIMAL, or the bits of a DOUBLE.</summary>
    public void Set(int row, long value) => ((long*)data)[row] = value;

    public void Set(int row, bool value) => ((byte*)data)[row] = value ? (byte)1 : (byte)0;

    /// <summary>A BLOB, or a VARCHAR whose bytes are known to be UTF-8.</summary>
    public void Set(int row, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
            DuckNative.duckdb_unsafe_vector_assign_string_element_len(vector, (ulong)row, bytes, (ulong)value.Length);
    }

    public void SetNull(int row)
    {
        if (validity is null)
        {
            DuckNative.duckdb_vector_ensure_validity_writable(vector);
            validity = DuckNative.duckdb_vector_get_validity(vector);
        }
        validity[row >> 6] &= ~(1UL << (row & 63));
    }
}
