using System.Text.Json;
using Weir.Database.Detections;
using Weir.Database.Scenes;
using Weir.Database.Sinks;
using Weir.Database.Site;
using Weir.Streams;

namespace Weir.Database.Tests.Sinks;

/// <summary>What the tests' streams of results have: JSON, an object an event.</summary>
internal sealed record TestEvent
{
    public DetectionRow[] Detections { get; init; } = [];

    public TrackRow[] Tracks { get; init; } = [];

    public SceneEventRow[] Events { get; init; } = [];

    public GapRow[] Gaps { get; init; } = [];

    /// <summary>A frame with as many detections as its number says.</summary>
    public static TestEvent Frame(long number, int detections) => new()
    {
        Detections = [.. Enumerable.Range(0, detections).Select(i => Stored.Detection(number * 40_000) with { FrameNumber = number, Class = i % 2 == 0 ? "car" : "person", Score = i / 100f })],
    };

    public StreamEvent ToEvent() => new(JsonSerializer.SerializeToUtf8Bytes(this), UnixMicroseconds.From(DateTimeOffset.UtcNow));
}

/// <summary>Reads them, and counts how many it has read.</summary>
internal sealed class TestDecoder : IResultDecoder
{
    private int decoded;

    public int Decoded => Volatile.Read(ref decoded);

    /// <summary>After so many events it hangs.</summary>
    public int StopAfter { get; set; } = int.MaxValue;

    public void Decode(in StoredEvent stored, ResultRows rows)
    {
        if (Interlocked.Increment(ref decoded) > StopAfter) Thread.Sleep(Timeout.Infinite);
        var read = JsonSerializer.Deserialize<TestEvent>(stored.Payload.Span)!;
        foreach (var row in read.Detections) rows.Add(row);
        foreach (var row in read.Tracks) rows.Add(row);
        foreach (var row in read.Events) rows.Add(row);
        foreach (var row in read.Gaps) rows.Add(row);
    }

    public string TopicOf(in StoredEvent stored) => "tests/topic";
}
