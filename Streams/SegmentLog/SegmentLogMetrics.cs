using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Weir.Streams.SegmentLog;

/// <summary>What a segment log tells of itself, under the meter <c>Weir.Streams</c>.</summary>
internal sealed class SegmentLogMetrics : IDisposable
{
    private readonly Meter meter = new(StreamMetrics.MeterName);
    private readonly Counter<long> events;
    private readonly Counter<long> bytes;
    private readonly Counter<long> failures;
    private readonly Counter<long> letGo;
    private readonly Counter<long> gaps;
    private readonly Counter<long> lost;

    public SegmentLogMetrics(Func<IEnumerable<StreamLog>> open)
    {
        events = meter.CreateCounter<long>("weir.streams.appended", "{event}", "Events that were stored.");
        bytes = meter.CreateCounter<long>("weir.streams.written", "By", "Bytes of batches that were written.");
        failures = meter.CreateCounter<long>("weir.streams.append_failures", "{append}", "Appends that failed.");
        letGo = meter.CreateCounter<long>("weir.streams.let_go", "{event}", "Events that truncation or a budget gave up.");
        gaps = meter.CreateCounter<long>("weir.streams.gaps", "{gap}", "Gaps that readers met.");
        lost = meter.CreateCounter<long>("weir.streams.lost", "{event}", "Events within those gaps.");
        meter.CreateObservableGauge(
            "weir.streams.size", () => open().Select(log => new Measurement<long>(log.Segments.Bytes, Of(log.Name))), "By",
            "Bytes that an open stream holds.");
        meter.CreateObservableGauge(
            "weir.streams.reader_lag", () => open().SelectMany(LagsOf), "{event}",
            "Events between a named reader's checkpoint and the stream's tail.");
    }

    public void Appended(StreamName stream, long eventCount, long byteCount)
    {
        if (events.Enabled) events.Add(eventCount, Of(stream));
        if (bytes.Enabled) bytes.Add(byteCount, Of(stream));
    }

    public void Failed(StreamName stream, int appends) => failures.Add(appends, Of(stream));

    public void LetGo(StreamName stream, long eventCount, GapCause cause) =>
        letGo.Add(eventCount, Of(stream), new("cause", cause.ToString()));

    public void GapMet(StreamName stream, StreamGap gap)
    {
        gaps.Add(1, Of(stream), new("cause", gap.Cause.ToString()));
        if (gap.Events is { } count) lost.Add(count, Of(stream), new("cause", gap.Cause.ToString()));
    }

    public void Dispose() => meter.Dispose();

    private static IEnumerable<Measurement<long>> LagsOf(StreamLog log) =>
        log.Checkpoints.All.Select(reader => new Measurement<long>(
            Math.Max(0, log.Segments.Tail - Math.Max(reader.Position.Offset, log.Segments.Head)),
            Of(log.Name), new("reader", reader.Reader)));

    private static KeyValuePair<string, object?> Of(StreamName stream) => new("stream", stream.ToString());
}
