namespace Weir.Database.Dialects;

/// <summary>A statement of a schema file, and what must hold for it to run.</summary>
/// <param name="Sql">The statement, without its semicolon.</param>
/// <param name="Column">The column that is looked for, as <c>table.column</c>; null where the statement always runs.</param>
/// <param name="IsThere">Whether the column must be there, or must not.</param>
/// <param name="Times">
/// The query for the first and the last time, in microseconds, of what the statement works on: it runs once for each day
/// of them, with <c>@from</c> and <c>@to</c>, so that no step is long. Null where it runs once.
/// </param>
internal sealed record SchemaStatement(string Sql, string? Column = null, bool IsThere = false, string? Times = null);

/// <summary>
/// A schema file as text. Every statement can run again where an earlier run was cut off: it says so itself
/// (<c>IF NOT EXISTS</c>, <c>WHERE NOT EXISTS</c>), it is about an index, or a line before it does, <c>-- @if table.column</c> or
/// <c>-- @unless table.column</c>. One behind <c>-- @daily SELECT MIN(…), MAX(…) …</c> runs day by day.
/// </summary>
internal static class SchemaFile
{
    private const string If = "-- @if ";
    private const string Unless = "-- @unless ";
    private const string Daily = "-- @daily ";

    /// <summary>Its statements, which end with a semicolon at the end of a line; comments are left out.</summary>
    public static IEnumerable<SchemaStatement> Split(string file)
    {
        var statement = new List<string>();
        var condition = new SchemaStatement("");
        foreach (var line in file.Split('\n').Select(line => line.TrimEnd()))
        {
            if (line.StartsWith(If, StringComparison.Ordinal)) condition = new SchemaStatement("", line[If.Length..], IsThere: true);
            if (line.StartsWith(Unless, StringComparison.Ordinal)) condition = new SchemaStatement("", line[Unless.Length..]);
            if (line.StartsWith(Daily, StringComparison.Ordinal)) condition = new SchemaStatement("", Times: line[Daily.Length..]);
            if (line.Length == 0 || line.TrimStart().StartsWith("--", StringComparison.Ordinal)) continue;
            var isLast = line.EndsWith(';');
            statement.Add(isLast ? line[..^1] : line);
            if (!isLast) continue;
            yield return condition with { Sql = string.Join('\n', statement) };
            statement.Clear();
            condition = new SchemaStatement("");
        }
        if (statement.Count > 0)
            throw new InvalidOperationException($"A schema file ends within a statement: '{statement[0]}'.");
    }
}
