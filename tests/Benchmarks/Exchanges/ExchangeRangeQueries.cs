using System.Diagnostics;
using Weir.Archive;

namespace Weir.Benchmarks;

/// <summary>Random minutes of what an exchange has: a page of each, the whole of each, and its count.</summary>
internal sealed class ExchangeRangeQueries(ExchangeLoad load, long microsPerMessage, int queries)
{
    private const long MicrosPerMinute = 60_000_000;
    private const double GoalMilliseconds = 50;

    private long End => load.FirstMicros + load.Messages * microsPerMessage;

    /// <summary>Minutes that the ring holds whole.</summary>
    public async Task<IEnumerable<Figure>> InRingAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var oldest = OldestInRing(exchange);
        return End - oldest < 2 * MicrosPerMinute ? [] : await AskAsync(exchange, "in RAM", oldest, End - MicrosPerMinute, cancellationToken);
    }

    /// <summary>Minutes that lie over the ring's oldest message: half from files, half from the ring.</summary>
    public async Task<IEnumerable<Figure>> OverBothAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var oldest = OldestInRing(exchange);
        return oldest <= load.FirstMicros + MicrosPerMinute ? []
            : await AskAsync(exchange, "over both", oldest - MicrosPerMinute * 3 / 4, oldest - MicrosPerMinute / 4, cancellationToken);
    }

    /// <summary>Minutes of all that there is, from files alone.</summary>
    public Task<IEnumerable<Figure>> OnDiskAsync(Exchange exchange, CancellationToken cancellationToken) =>
        AskAsync(exchange, "on disk", load.FirstMicros, End - MicrosPerMinute, cancellationToken);

    private async Task<IEnumerable<Figure>> AskAsync(Exchange exchange, string where, long first, long last, CancellationToken cancellationToken)
    {
        var random = new Random(7);
        List<double> cold = [], pages = [], minutes = [], counts = [];
        for (var i = 0; i < queries; i++)
        {
            var from = first + random.NextInt64(Math.Max(1, last - first));
            var query = new MessageQuery(from, from + MicrosPerMinute);
            (i < queries / 10 ? cold : pages).Add(await TimeAsync(() => exchange.QueryAsync(query, cancellationToken)));
            if (i % 5 == 0) minutes.Add(await TimeAsync(() => exchange.QueryAsync(query with { Limit = MessageQuery.MaxLimit }, cancellationToken)));
            counts.Add(await TimeAsync(() => exchange.CountAsync(query, cancellationToken)));
        }
        var rows = $"1 min of {load.Messages / 1e6:0.#} M, {where}";
        return
        [
            new Figure($"{rows}: page, cold, worst", cold.Max(), "ms"),
            new Figure($"{rows}: page, p50", Measurements.Percentile(pages, 0.50), "ms"),
            new Figure($"{rows}: page, p99", Measurements.Percentile(pages, 0.99), "ms", "the goal", GoalMilliseconds, Goal: 1, LessIsBetter: true),
            new Figure($"{rows}: all 60,000, p50", Measurements.Percentile(minutes, 0.50), "ms"),
            new Figure($"{rows}: count, p99", Measurements.Percentile(counts, 0.99), "ms"),
        ];
    }

    // The ring keeps the newest messages, and how many those are is known.
    private long OldestInRing(Exchange exchange) => End - exchange.Statistics.RingMessages * microsPerMessage;

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        var start = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
