using Weir.Database.Detections;
using Weir.Database.Rows;
using Weir.Database.Scenes;
using Weir.Database.Site;
using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>What no table took.</summary>
internal sealed record DeadLetterRow(string Stream, string Place, string Topic, string Fault, byte[] Payload, long Noticed);

/// <summary>Rows that go into the database in one transaction, with the place in the stream behind them.</summary>
/// <param name="from">The place in the stream before it.</param>
internal sealed class SinkBatch(StreamPosition from)
{
    public List<DetectionRow> Detections { get; } = [];

    public List<TrackRow> Tracks { get; } = [];

    public List<SceneEventRow> SceneEvents { get; } = [];

    public List<GapRow> Gaps { get; } = [];

    public List<DeadLetterRow> DeadLetters { get; } = [];

    /// <summary>The place in the stream before it.</summary>
    public StreamPosition From { get; } = from;

    /// <summary>The place in the stream behind it.</summary>
    public StreamPosition Next { get; set; } = from;

    /// <summary>How many events of the stream it stands for.</summary>
    public int Events { get; set; }

    /// <summary>When the last of them was appended, in microseconds since 1970-01-01 UTC.</summary>
    public long LastTimestamp { get; set; }

    /// <summary>Whether some of its rows may be in the database already.</summary>
    public bool IsReplay { get; set; }

    /// <summary>Whether the stream is sealed and ends with it.</summary>
    public bool IsEnd { get; set; }

    /// <summary>How many rows it has.</summary>
    public int Rows => Detections.Count + Tracks.Count + SceneEvents.Count + Gaps.Count + DeadLetters.Count;

    /// <summary>The last event that gave rows, where the reader was asked to keep it.</summary>
    public DeadLetterRow? Last { get; set; }

    /// <summary>Leaves out its rows; the event that gave them becomes a dead letter.</summary>
    public void GiveUp(string fault)
    {
        Detections.Clear();
        Tracks.Clear();
        SceneEvents.Clear();
        Gaps.Clear();
        DeadLetters.Add(Last! with { Fault = CutText.Of(fault, 2000) });
    }
}
