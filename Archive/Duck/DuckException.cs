namespace Weir.Archive.Duck;

/// <summary>DuckDB could not do what it was asked.</summary>
public sealed class DuckException : IOException
{
    internal DuckException(string what, string? detail, string? file = null)
        : base(file is null ? $"DuckDB could not {what}: {detail}" : $"DuckDB could not {what} '{file}': {detail}")
    {
        File = file;
        Detail = detail ?? "";
    }

    /// <summary>The file that it was about; null where it was about none.</summary>
    public string? File { get; }

    /// <summary>DuckDB's own words.</summary>
    public string Detail { get; }
}
