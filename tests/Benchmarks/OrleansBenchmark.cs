using System.Diagnostics;
using System.Text.Json;

namespace Weir.Benchmarks;

/// <summary>
/// The grain runtimes side by side: the same load (<see cref="OrleansLoad"/>), built against <c>Orleans.Embedded</c> and
/// against the packages of Microsoft Orleans, each in processes of its own on one and the same core, in rounds that take
/// turns; medians. Figures go by processor time, so that other work on the machine does not count.
/// </summary>
public sealed class OrleansBenchmark : IBenchmark
{
    private const double CallsGoal = 1_000_000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <inheritdoc/>
    public string Name => "orleans";

    /// <inheritdoc/>
    public string Description => "Grain calls, activations and streams on one core, beside Microsoft Orleans: rounds=3 milliseconds=1500.";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var embedded = Environment.ProcessPath!;
        var microsoft = Environment.GetEnvironmentVariable("WEIR_BENCH_MICROSOFT");
        if (microsoft is null) Console.WriteLine("Microsoft Orleans is not built here, so there is no peer: start this by ./bench.sh.");

        var (ours, theirs) = (new List<Figure>(), new List<Figure>());
        for (var round = 1; round <= arguments.Number("rounds", 3); round++)
        {
            ours.AddRange(await LoadAsync("embedded", embedded, arguments, cancellationToken));
            if (microsoft is not null) theirs.AddRange(await LoadAsync("microsoft", microsoft, arguments, cancellationToken));
        }

        var peers = theirs.GroupBy(figure => figure.Name).ToDictionary(figures => figures.Key, Median);
        var medians = ours.GroupBy(figure => figure.Name).Select(figures => new Figure(
            figures.Key, Median(figures), figures.First().Unit,
            peers.ContainsKey(figures.Key) ? "Microsoft Orleans" : null,
            peers.TryGetValue(figures.Key, out var peer) ? peer : null)).ToList();
        var calls = medians[0];
        return [calls with { Name = "goal: a million calls a second on a core", Peer = "1 M", PeerValue = CallsGoal, Goal = 1 }, .. medians];
    }

    /// <summary>Runs the load in a process of its own, on the last core.</summary>
    private static async Task<IReadOnlyList<Figure>> LoadAsync(
        string name, string program, BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("taskset") { RedirectStandardOutput = true };
        foreach (var word in (string[])[
            "-c", $"{Environment.ProcessorCount - 1}", program, "orleans-load", $"milliseconds={arguments.Number("milliseconds", 1500)}"])
        {
            start.ArgumentList.Add(word);
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var figures = output.Split('\n').Where(line => line.StartsWith('{'))
            .Select(line => JsonSerializer.Deserialize<Figure>(line, Json)!).ToList();
        if (process.ExitCode != 0 || figures.Count == 0)
        {
            throw new InvalidOperationException($"The load on the {name} runtime ({program}) ended with {process.ExitCode}:\n{output}");
        }

        Console.WriteLine($"{name,-10} {figures[0].Name}: {figures[0].Value:N0} {figures[0].Unit}");
        return figures;
    }

    private static double Median(IEnumerable<Figure> figures) => Measurements.Median([.. figures.Select(figure => figure.Value)]);
}
