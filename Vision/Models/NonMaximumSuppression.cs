namespace Weir.Vision.Models;

/// <summary>Of boxes that overlap and have the same class the best stays, as they show the same thing.</summary>
internal static class NonMaximumSuppression
{
    private static readonly Comparison<Candidate> BestFirst = static (a, b) => b.Score.CompareTo(a.Score);

    /// <summary>Leaves the candidates that stay, best first.</summary>
    public static void Thin(List<Candidate> candidates, float overlap)
    {
        candidates.Sort(BestFirst);
        var kept = 0;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (!Covered(candidates[i], candidates, kept, overlap)) candidates[kept++] = candidates[i];
        }
        candidates.RemoveRange(kept, candidates.Count - kept);
    }

    private static bool Covered(Candidate candidate, List<Candidate> better, int count, float overlap)
    {
        for (var i = 0; i < count; i++)
        {
            if (better[i].ClassIndex == candidate.ClassIndex && better[i].Box.Overlap(candidate.Box) > overlap) return true;
        }
        return false;
    }
}
