using System.Globalization;
using System.Text.Json;

namespace Weir.Benchmarks;

/// <summary>Prints figures: a table for people, then one JSON line a figure for programs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static void Print(IReadOnlyList<Figure> figures)
    {
        Console.WriteLine();
        Console.WriteLine($"{"figure",-46} {"value",14} {"unit",-12} {"peer",-34} {"its value",14} {"ratio",8} {"goal",6}  reached");
        foreach (var f in figures)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{f.Name,-46} {f.Value,14:#,0.##} {f.Unit,-12} {f.Peer ?? "-",-34} {f.PeerValue,14:#,0.##} {f.Ratio,8:0.00} {f.Goal,6:0.##}  {Answer(f.Reached)}"));
        }
        Console.WriteLine();
        foreach (var f in figures)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { f.Name, f.Value, f.Unit, f.Peer, f.PeerValue, f.Ratio, f.Goal, f.Reached }, Json));
        }
    }

    private static string Answer(bool? reached) => reached switch { true => "yes", false => "no", null => "-" };
}
