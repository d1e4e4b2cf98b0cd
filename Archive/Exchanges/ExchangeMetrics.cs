using System.Diagnostics.Metrics;

namespace Weir.Archive;

/// <summary>
/// What exchanges do, as instruments of the meter <c>Weir.Archive</c> that are observed when asked; each figure carries
/// the tag <c>exchange</c>.
/// </summary>
public sealed class ExchangeMetrics : IDisposable
{
    private readonly Meter meter = new("Weir.Archive");
    private readonly Func<IEnumerable<Exchange>> exchanges;

    /// <param name="exchanges">Gives the exchanges that are open; called from any thread.</param>
    public ExchangeMetrics(Func<IEnumerable<Exchange>> exchanges)
    {
        this.exchanges = exchanges;
        Count("weir.exchange.accepted", "Messages accepted.", statistics => statistics.Accepted);
        Count("weir.exchange.refused", "Messages refused: full ring or stream, full disk.", statistics => statistics.Refused);
        Count("weir.exchange.dropped", "Messages that a full ring let go of.", statistics => statistics.Dropped);
        Gauge("weir.exchange.waiting", "Messages that wait for a Parquet file.", statistics => statistics.WaitingMessages);
        Gauge("weir.exchange.ring", "Messages in the ring.", statistics => statistics.RingMessages);
        Gauge("weir.exchange.ring.bytes", "Memory of the ring.", statistics => statistics.RingBytes, "By");
        Gauge("weir.exchange.files", "Parquet files.", statistics => statistics.Files);
        Gauge("weir.exchange.archived", "Messages in Parquet files.", statistics => statistics.ArchivedMessages);
        Gauge("weir.exchange.archived.bytes", "Size of the Parquet files.", statistics => statistics.ArchivedBytes, "By");
        Gauge("weir.exchange.gaps", "Ranges that are known to be missing.", statistics => statistics.Gaps.Count);
        Gauge("weir.exchange.failing", "1 while files cannot be written.", statistics => statistics.ArchiveError is null ? 0 : 1);
    }

    /// <summary>Takes the instruments back.</summary>
    public void Dispose() => meter.Dispose();

    private void Count(string name, string description, Func<ExchangeStatistics, long> figure) =>
        meter.CreateObservableCounter(name, () => Observe(figure), unit: null, description);

    private void Gauge(string name, string description, Func<ExchangeStatistics, long> figure, string? unit = null) =>
        meter.CreateObservableGauge(name, () => Observe(figure), unit, description);

    private List<Measurement<long>> Observe(Func<ExchangeStatistics, long> figure) =>
        [.. exchanges().Select(exchange => exchange.Statistics)
            .Select(statistics => new Measurement<long>(figure(statistics), new KeyValuePair<string, object?>("exchange", statistics.Name)))];
}
