using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Weir.Database.Dialects;

/// <summary>What SQLite says differently.</summary>
internal sealed partial class SqliteDialect : ISqlDialect
{
    // https://sqlite.org/rescode.html#constraint_primarykey
    private const int ConstraintPrimaryKey = 1555;

    /// <inheritdoc/>
    /// <remarks>
    /// SQLite has no indexes within a table's statement, so each becomes a statement of its own. One that begins with a
    /// column that may be empty leaves the rows out where it is.
    /// </remarks>
    public IEnumerable<SchemaStatement> SchemaStatements(string file)
    {
        foreach (var statement in SchemaFile.Split(file))
        {
            yield return statement with { Sql = OwnIndex().Replace(KeyLine().Replace(statement.Sql, ""), Index) };
            if (Table().Match(statement.Sql) is not { Success: true } table) continue;
            foreach (Match key in KeyLine().Matches(statement.Sql))
            {
                var where = MayBeEmpty(statement.Sql, key.Groups["first"].Value) ? $" WHERE {key.Groups["first"]} IS NOT NULL" : "";
                yield return new SchemaStatement(
                    $"CREATE INDEX IF NOT EXISTS {key.Groups["name"]} ON {table.Groups["name"]} {key.Groups["columns"]}{where}");
            }
        }
    }

    /// <inheritdoc/>
    public string KeepExisting(string keys, string column) => $" ON CONFLICT ({keys}) DO NOTHING";

    /// <inheritdoc/>
    public string ReplaceExisting(string keys, params ReadOnlySpan<string> columns)
    {
        var assignments = new List<string>();
        foreach (var column in columns) assignments.Add($"{column} = excluded.{column}");
        return $" ON CONFLICT ({keys}) DO UPDATE SET {string.Join(", ", assignments)}";
    }

    /// <inheritdoc/>
    public string MergeExisting(string keys, string merge) =>
        $" ON CONFLICT ({keys}) DO UPDATE SET {NewValue().Replace(merge, "excluded.$1")}";

    /// <inheritdoc/>
    public bool IsDuplicateKey(DbException fault) => fault is SqliteException { SqliteExtendedErrorCode: ConstraintPrimaryKey };

    /// <inheritdoc/>
    /// <remarks>SQLite has one code for all that is wrong with a statement.</remarks>
    public bool IsMissing(DbException fault) => fault is SqliteException { SqliteErrorCode: 1 } missing
        && (missing.Message.Contains("no such table", StringComparison.Ordinal) || missing.Message.Contains("no such column", StringComparison.Ordinal));

    /// <inheritdoc/>
    /// <remarks>https://sqlite.org/rescode.html: ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE.</remarks>
    public bool IsRefused(DbException fault) => fault is SqliteException { SqliteErrorCode: 1 or 18 or 19 or 20 or 25 };

    /// <inheritdoc/>
    /// <remarks>It says so itself: IF EXISTS, IF NOT EXISTS.</remarks>
    public bool IsIndexDone(DbException fault) => false;

    // Names of indexes are those of the whole database.
    private static string Index(Match index) =>
        index.Groups["verb"].Value == "CREATE" ? $"CREATE INDEX IF NOT EXISTS {index.Groups["name"]}{index.Groups["rest"]}" : $"DROP INDEX IF EXISTS {index.Groups["name"]}";

    private static bool MayBeEmpty(string table, string column) =>
        Regex.IsMatch(table, $@"^ *{column} .*(?<!NOT) NULL,$", RegexOptions.Multiline);

    [GeneratedRegex(@"^ *KEY (?<name>\w+) (?<columns>\((?<first>\w+).*\)),\n", RegexOptions.Multiline)]
    private static partial Regex KeyLine();

    [GeneratedRegex(@"^(?<verb>CREATE|DROP) INDEX (?<name>\w+)(?<rest> ON .*)$", RegexOptions.Singleline)]
    private static partial Regex OwnIndex();

    [GeneratedRegex(@"NEW\((\w+)\)")]
    private static partial Regex NewValue();

    [GeneratedRegex(@"^CREATE TABLE IF NOT EXISTS (?<name>\w+)")]
    private static partial Regex Table();
}
