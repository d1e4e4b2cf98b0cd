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

    /// <summary>Its parameters.</summary>
    public static DynamicParameters Parameters(IReadOnlyList<string> words, long from, long to, int limit)
    {
        var parameters = new DynamicParameters(new { from, to, limit });
        for (var i = 0; i < words.Count; i++) parameters.Add(string.Create(CultureInfo.InvariantCulture, $"word{i}"), words[i]);
        return parameters;
    }
}
