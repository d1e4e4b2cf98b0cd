namespace Weir.Database.Rows;

/// <summary>Takes the values of a row one after the other, in the order of the table's columns.</summary>
internal interface IRowValues
{
    /// <summary>A whole number, or nothing.</summary>
    void Add(long? value);

    /// <summary>A number, or nothing; it must be finite.</summary>
    void Add(double? value);

    /// <summary>A text, or nothing.</summary>
    void Add(string? value);

    /// <summary>Bytes.</summary>
    void Add(ReadOnlyMemory<byte> value);
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MaxLength">Most characters of a text; null where it has no limit or is no text.</param>
/// <param name="MayBeEmpty">Whether there may be no text.</param>
internal readonly record struct RowColumn(string Name, int? MaxLength = null, bool MayBeEmpty = true)
{
    /// <summary>A text that must be there.</summary>
    public static RowColumn Text(string name, int maxLength) => new(name, maxLength, MayBeEmpty: false);

    /// <summary>A text that may be missing.</summary>
    public static RowColumn OptionalText(string name, int maxLength) => new(name, maxLength);

    public static implicit operator RowColumn(string name) => new(name);
}

/// <summary>What becomes of a row whose key is there already.</summary>
internal enum ExistingRow
{
    /// <summary>The stored row stays as it is.</summary>
    Stays,

    /// <summary>All columns that are not of the key get the new values.</summary>
    IsReplaced,
}

/// <summary>How rows of a kind lie in their table.</summary>
/// <param name="Name">The table.</param>
/// <param name="Keys">The columns of its primary key; they stand first.</param>
/// <param name="Others">All other columns that are stored.</param>
/// <param name="Write">Gives the values of a row, keys first.</param>
internal sealed record RowTable<T>(string Name, RowColumn[] Keys, RowColumn[] Others, Action<T, IRowValues> Write)
{
    /// <summary>All columns.</summary>
    public IReadOnlyList<RowColumn> Columns { get; } = [.. Keys, .. Others];

    /// <summary>Whether many rows of it come at a time, and none has bytes: the provider may load them from a file.</summary>
    public bool IsLoadable { get; init; }

    /// <summary>All columns, with commas between them.</summary>
    public string ColumnList => string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>Holds a row against what the columns take.</summary>
    /// <exception cref="ArgumentException">A value does not fit; the message says which.</exception>
    public void Check(T row)
    {
        var check = new RowCheck(Name, Columns);
        Write(row, check);
    }
}
