using System.Globalization;
using System.Text;

namespace Weir.Database.Rows;

/// <summary>
/// The words by which a text is found: runs of letters and digits in lower case; each ideograph is a word of its own,
/// since nothing stands between those.
/// </summary>
internal static class SearchWords
{
    /// <summary>Most characters of a word; what is longer is found by these.</summary>
    public const int MaxLength = 64;

    /// <summary>The words of a text, each once.</summary>
    public static IReadOnlyCollection<string> Of(string? text)
    {
        if (string.IsNullOrEmpty(text)) return [];
        var words = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        // Half a surrogate pair, which cannot be normalised, becomes the sign for what cannot be read.
        var whole = string.Concat(text.EnumerateRunes());
        foreach (var rune in whole.Normalize(NormalizationForm.FormKC).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherLetter)
            {
                End();
                words.Add(rune.ToString());
            }
            else if (Rune.IsLetterOrDigit(rune))
            {
                if (word.Length < MaxLength - 1) word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else
            {
                End();
            }
        }
        End();
        return words;

        void End()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }
}
