namespace Weir.Database.Rows;

/// <summary>Holds the values of a row against what its columns take, so that all databases refuse the same.</summary>
internal sealed class RowCheck(string table, IReadOnlyList<RowColumn> columns) : IRowValues
{
    private int next;

    /// <summary>Begins with the first column of a row.</summary>
    public void Begin() => next = 0;

    public void Add(long? value) => next++;

    public void Add(double? value)
    {
        if (value is { } number && !double.IsFinite(number)) throw new ArgumentException($"{table}: {columns[next].Name} must be a number, but is {value}.");
        next++;
    }

    public void Add(string? value)
    {
        var column = columns[next++];
        if (value is null && !column.MayBeEmpty) throw new ArgumentException($"{table}: {column.Name} is missing.");
        if (value?.Length > column.MaxLength)
        {
            throw new ArgumentException(
                $"{table}: {column.Name} must have at most {column.MaxLength} characters, but has {value.Length:#,0}: '{value[..Math.Min(40, column.MaxLength.Value)]}…'.");
        }
    }

    public void Add(ReadOnlyMemory<byte> value) => next++;
}
