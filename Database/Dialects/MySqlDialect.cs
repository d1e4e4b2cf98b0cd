using System.Data.Common;
using MySql.Data.MySqlClient;

namespace Weir.Database.Dialects;

/// <summary>What MatrixOne, MariaDB and MySQL say differently.</summary>
internal sealed class MySqlDialect : ISqlDialect
{
    private const int DuplicateKey = 1062;

    // No table, no column; MatrixOne's invalid input, with which it refuses a column it does not know.
    private static readonly HashSet<int> Missing = [1146, 1054, 20301];

    // Of MariaDB and MySQL: NULL where none may be, too long, out of range, no such value, packet too large, duplicate
    // key, wrong statement; 20100 to 20399 are MatrixOne's of the same kinds.
    private static readonly HashSet<int> Refused = [1048, 1054, 1062, 1064, 1136, 1146, 1153, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 3140, 4025];

    /// <inheritdoc/>
    /// <remarks>Text compares by its bytes everywhere, as it does in SQLite; MariaDB would not tell A from a.</remarks>
    public IEnumerable<SchemaStatement> SchemaStatements(string file) => SchemaFile.Split(file).Select(statement =>
        statement.Sql.StartsWith("CREATE TABLE", StringComparison.Ordinal)
            ? statement with
            {
                Sql = statement.Sql.Replace(" WITHOUT ROWID", "", StringComparison.Ordinal) + " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
            }
            : statement);

    /// <inheritdoc/>
    /// <remarks>
    /// Not INSERT IGNORE: it also swallows what else is wrong with a row, and costs MySql.Data a look at the warnings.
    /// MatrixOne refuses to name a column of the key here.
    /// </remarks>
    public string KeepExisting(string keys, string column) => $" ON DUPLICATE KEY UPDATE {column} = {column}";

    /// <inheritdoc/>
    public string ReplaceExisting(string keys, params ReadOnlySpan<string> columns)
    {
        var assignments = new List<string>();
        foreach (var column in columns) assignments.Add($"{column} = VALUES({column})");
        return $" ON DUPLICATE KEY UPDATE {string.Join(", ", assignments)}";
    }

    /// <inheritdoc/>
    public string MergeExisting(string keys, string merge) =>
        $" ON DUPLICATE KEY UPDATE {merge.Replace("NEW(", "VALUES(", StringComparison.Ordinal)}";

    /// <inheritdoc/>
    /// <remarks>Duplicate key name; cannot drop, since it is not there. Only MariaDB could be asked with IF EXISTS.</remarks>
    public bool IsIndexDone(DbException fault) => fault is MySqlException { Number: 1061 or 1091 };

    /// <inheritdoc/>
    public bool IsDuplicateKey(DbException fault) => fault is MySqlException { Number: DuplicateKey };

    /// <inheritdoc/>
    public bool IsMissing(DbException fault) => fault is MySqlException missing && Missing.Contains(missing.Number);

    /// <inheritdoc/>
    public bool IsRefused(DbException fault) =>
        fault is MySqlException refused && (Refused.Contains(refused.Number) || refused.Number is >= 20100 and < 20400);
}
