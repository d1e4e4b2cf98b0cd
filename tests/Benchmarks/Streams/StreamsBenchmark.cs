using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>
/// The embedded segment log and the Orleans provider over it, beside this machine's limits and FasterLog at the same
/// durability, in one run.
/// </summary>
public sealed class StreamsBenchmark : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "streams";

    /// <inheritdoc/>
    public string Description =>
        "Segment log and Orleans provider against FasterLog and the machine: milliseconds=1500 rounds=3 only=0 (all; 1 append, 2 disk, 3 tail, 4 read, 5 hundred, 6 provider).";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromMilliseconds(arguments.Number("milliseconds", 1500));
        var rounds = arguments.Number("rounds", 3);
        var only = arguments.Number("only", 0);
        Func<Task<IEnumerable<Figure>>>[] parts =
        [
            () => new AppendRates(duration, rounds).RunAsync(),
            () => new DiskRates(arguments.Number("megabytes", 1024), rounds).RunAsync(),
            () => new TailLatency(duration, arguments.Number("batch", 1)).RunAsync(),
            () => new ReadRates(arguments.Number("events", 3_000_000), rounds).RunAsync(),
            () => new ManyStreams(duration, rounds, arguments.Number("streams", 100)).RunAsync(),
            () => new ProviderRates(arguments.Number("orleansEvents", 1_000_000), rounds).RunAsync(),
        ];
        var figures = new List<Figure>();
        for (var i = 0; i < parts.Length; i++)
        {
            if (only == 0 || only == i + 1) figures.AddRange(await parts[i]());
        }
        return figures;
    }

    /// <summary>A batch of equal events.</summary>
    internal static EventBatch Batch(byte[] payload, int count) => new(Enumerable.Repeat(new StreamEvent(payload, 1), count).ToArray());
}
