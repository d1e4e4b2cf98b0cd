using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;

namespace Weir.Database.Rows;

/// <summary>
/// The part of a query that finds rows by words: a table of words has a row a word and item, with the word first in its
/// key and the time next, so that each further word is a look at one key.
/// </summary>
internal static class WordSearch
{
    // A word that is found so often is as good as any other.
    private const int Often = 1_000;

    /// <summary>What has all words of a text.</summary>
    /// <param name="database">Where.</param>
    /// <param name="table">The table of words.</param>
    /// <param name="time">Its column of time.</param>
    /// <param name="text">The words, in any order and case.</param>
    /// <param name="range">First time, and time to stop before.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="sql">The query for so many words.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<IReadOnlyList<T>> FindAsync<T>(
        SiteDatabase database, string table, string time, string text, (long From, long To) range, int limit, Func<int, string> sql,
        CancellationToken cancellationToken)
    {
        var words = SearchWords.Of(text).ToList();
        if (words.Count == 0) return [];
        return await database.ReadAsync<IReadOnlyList<T>>(async connection =>
        {
            var parameters = new DynamicParameters(new { from = range.From, to = range.To, limit });
            foreach (var (i, word) in (await RarestFirstAsync(connection, SqlCount(table, time), words, range, cancellationToken)).Index())
                parameters.Add(string.Create(CultureInfo.InvariantCulture, $"word{i}"), word);
            return [.. await connection.QueryAsync<T>(new CommandDefinition(sql(words.Count), parameters, cancellationToken: cancellationToken))];
        }, cancellationToken);
    }

    // All items of the first word are gone through, and the others are only looked up for each: a rare one first.
    private static async Task<IEnumerable<string>> RarestFirstAsync(
        DbConnection connection, string sql, List<string> words, (long From, long To) range, CancellationToken cancellationToken)
    {
        if (words.Count < 2) return words;
        var counted = new List<(string Word, long Count)>();
        foreach (var word in words)
        {
            counted.Add((word, await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                sql, new { word, from = range.From, to = range.To, limit = Often }, cancellationToken: cancellationToken))));
        }
        return counted.OrderBy(one => one.Count).Select(one => one.Word);
    }

    /// <summary>How often a word is there, up to a limit.</summary>
    public static string SqlCount(string table, string time) =>
        $"SELECT COUNT(*) FROM (SELECT w.word FROM {table} w WHERE w.word = @word AND w.{time} >= @from AND w.{time} < @to LIMIT @limit) AS found";

    /// <summary>The table of words once for each word, joined by the item.</summary>
    /// <param name="table">The table of words.</param>
    /// <param name="time">Its column of time.</param>
    /// <param name="item">Its other columns that name an item.</param>
    /// <param name="words">How many words are looked for.</param>
    public static string From(string table, string time, IReadOnlyList<string> item, int words)
    {
        var sql = new StringBuilder($"FROM {table} w0 ");
        for (var i = 1; i < words; i++)
        {
            sql.Append(CultureInfo.InvariantCulture, $"JOIN {table} w{i} ON w{i}.word = @word{i}");
            foreach (var column in item.Prepend(time)) sql.Append(CultureInfo.InvariantCulture, $" AND w{i}.{column} = w0.{column}");
            sql.Append(' ');
        }
        return sql.ToString();
    }

    /// <summary>What holds for the first word.</summary>
    public static string Where(string time) => $"WHERE w0.word = @word0 AND w0.{time} >= @from AND w0.{time} < @to ";
}
