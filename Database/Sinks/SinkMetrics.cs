using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Weir.Database.Sinks;

/// <summary>What the sinks of a process tell under the meter <c>Weir.Database</c>: each figure with the tag <c>stream</c>.</summary>
internal sealed class SinkMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Weir.Database";

    private readonly Meter meter = new(MeterName);
    private readonly ConcurrentDictionary<SinkProgress, bool> sinks = new();

    public SinkMetrics(CircuitBreaker breaker)
    {
        meter.CreateObservableGauge(
            "weir.database.sink.lag", () => Measure(status => status.Lag), "{position}",
            "How far the database is behind a stream of results: events in the segment log, bytes in Pravega.");
        meter.CreateObservableGauge(
            "weir.database.sink.behind", () => Measure(status => status.Behind.TotalSeconds), "s", "How old the oldest result is that is not stored yet.");
        meter.CreateObservableCounter("weir.database.sink.rows", () => Measure(status => status.StoredRows), "{row}", "Rows stored.");
        meter.CreateObservableCounter(
            "weir.database.sink.dead_letters", () => Measure(status => status.DeadLetters), "{event}", "Events that no table took.");
        meter.CreateObservableGauge("weir.database.away", () => breaker.Open is null ? 0 : 1, null, "1 while the database is away, else 0.");
    }

    public void Add(SinkProgress sink) => sinks[sink] = true;

    public void Remove(SinkProgress sink) => sinks.TryRemove(sink, out _);

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<T>> Measure<T>(Func<SinkStatus, T> figure)
        where T : struct =>
        sinks.Keys.Select(sink => sink.Status).Select(status => new Measurement<T>(figure(status), new KeyValuePair<string, object?>("stream", status.Stream)));
}
