using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Weir.Streams.Provider;

/// <summary>
/// What the queues of a stream provider tell of themselves, under the meter <c>Weir.Streams</c>: each figure with the queue's
/// stream as the tag <c>stream</c>.
/// </summary>
internal sealed class QueueMetrics(ProviderMeter meter, StreamName queue)
{
    private readonly KeyValuePair<string, object?> stream = new("stream", queue.ToString());

    public void GapMet(StreamGap gap)
    {
        meter.Gaps.Add(1, new TagList { stream, { "cause", gap.Cause.ToString() } });
        if (gap.Events is { } lost) meter.LostEvents.Add(lost, new TagList { stream, { "cause", gap.Cause.ToString() } });
    }

    public void ReadBack(int batches) => meter.ReadBack.Add(batches, stream);

    public void DeadLetter() => meter.DeadLetters.Add(1, stream);

    public void Fenced() => meter.Fenced.Add(1, stream);

    public void Fault() => meter.Faults.Add(1, stream);

    /// <summary>Tells of the queue's lag for as long as its owner has it.</summary>
    public void Owns(Func<long> lag) => meter.Lags[queue] = lag;

    public void GivesUp() => meter.Lags.TryRemove(queue, out _);
}

/// <summary>The instruments of one stream provider.</summary>
internal sealed class ProviderMeter : IDisposable
{
    private readonly Meter meter = new(StreamMetrics.MeterName);

    public ProviderMeter(string provider)
    {
        Gaps = meter.CreateCounter<long>("weir.streams.queue.gaps", "{gap}", "Gaps that a queue's readers met.");
        LostEvents = meter.CreateCounter<long>("weir.streams.queue.lost", "{batch}", "Batches within those gaps, where they are counted.");
        ReadBack = meter.CreateCounter<long>("weir.streams.queue.read_back", "{batch}", "Batches that slow consumers had from the store.");
        DeadLetters = meter.CreateCounter<long>("weir.streams.queue.dead_letters", "{batch}", "Batches given up and written to the dead-letter stream.");
        Fenced = meter.CreateCounter<long>("weir.streams.queue.fenced", "{time}", "Times that a queue was found to have a later owner.");
        Faults = meter.CreateCounter<long>("weir.streams.queue.faults", "{fault}", "Reads and checkpoints of a queue that failed and are tried again.");
        meter.CreateObservableGauge(
            "weir.streams.queue.lag",
            () => Lags.Select(queue => new Measurement<long>(
                queue.Value(), new KeyValuePair<string, object?>("stream", queue.Key.ToString()), new("provider", provider))),
            "{position}", "How far a queue's slowest consumer is behind its newest batch: batches in the segment log, bytes in Pravega.");
    }

    public Counter<long> Gaps { get; }

    public Counter<long> LostEvents { get; }

    public Counter<long> ReadBack { get; }

    public Counter<long> DeadLetters { get; }

    public Counter<long> Fenced { get; }

    public Counter<long> Faults { get; }

    public System.Collections.Concurrent.ConcurrentDictionary<StreamName, Func<long>> Lags { get; } = new();

    public void Dispose() => meter.Dispose();
}
