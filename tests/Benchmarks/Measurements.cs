namespace Weir.Benchmarks;

/// <summary>What stands for many measurements of one thing.</summary>
internal static class Measurements
{
    /// <summary>The one in the middle; of an even number, the larger of the two.</summary>
    public static T Median<T>(IReadOnlyCollection<T> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>The one below which a part of them lies, 0 to 1; it puts them in order.</summary>
    public static double Percentile(List<double> values, double part)
    {
        values.Sort();
        return values[Math.Min(values.Count - 1, (int)(values.Count * part))];
    }
}
