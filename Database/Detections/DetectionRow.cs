namespace Weir.Database.Detections;

/// <summary>
/// A detection as the table has it. Boxes are in parts of the picture, 0 to 1; times in microseconds since 1970-01-01 UTC.
/// </summary>
public sealed record DetectionRow
{
    /// <summary>When the frame was taken.</summary>
    public long FrameTime { get; init; }

    /// <summary>The number of the stream that it came by, as <c>sink_streams</c> has it; the sink sets it.</summary>
    public int StreamNo { get; internal set; }

    /// <summary>Where in the stream it came; the sink sets it.</summary>
    public long StreamPosition { get; internal set; }

    /// <summary>Which detection of that place in the stream.</summary>
    public int Idx { get; internal set; }

    /// <summary>The camera's id; at most 64 characters.</summary>
    public required string Camera { get; init; }

    /// <summary>Number of the frame, counted from the start of its pipeline.</summary>
    public long FrameNumber { get; init; }

    /// <summary>The model that found it; at most 64 characters.</summary>
    public required string Model { get; init; }

    /// <summary>The model's version; at most 64 characters.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>What it is; at most 64 characters.</summary>
    public required string Class { get; init; }

    /// <summary>How sure the model is, 0 to 1.</summary>
    public float Score { get; init; }

    /// <summary>Left edge of its box.</summary>
    public float BoxLeft { get; init; }

    /// <summary>Upper edge of its box.</summary>
    public float BoxTop { get; init; }

    /// <summary>Right edge of its box.</summary>
    public float BoxRight { get; init; }

    /// <summary>Lower edge of its box.</summary>
    public float BoxBottom { get; init; }

    /// <summary>The camera's track that it belongs to; null where none does.</summary>
    public long? Track { get; init; }

    /// <summary>The zone that it is in; at most 64 characters.</summary>
    public string? Zone { get; init; }

    /// <summary>What was read on it, such as a plate; at most 255 characters. It is found by its words.</summary>
    public string? ReadText { get; init; }

    /// <summary>What else is known of it, as JSON.</summary>
    public string? Attributes { get; init; }

    /// <summary>When the row was stored; the sink sets it.</summary>
    public long StoredAt { get; internal set; }

    /// <summary>Says where it came in its stream, before anything else uses it: no copy for each of thousands a second.</summary>
    internal void Place(int streamNo, long streamPosition, int idx, long storedAt) =>
        (StreamNo, StreamPosition, Idx, StoredAt) = (streamNo, streamPosition, idx, storedAt);

    /// <summary>What names it for good.</summary>
    public DetectionKey Key => new(FrameTime, StreamNo, StreamPosition, Idx);
}

/// <summary>The primary key of a detection. Its order is that of queries.</summary>
/// <param name="FrameTime">When the frame was taken, in microseconds since 1970-01-01 UTC.</param>
/// <param name="StreamNo">The stream that it came by.</param>
/// <param name="StreamPosition">Where in the stream.</param>
/// <param name="Idx">Which detection of that place.</param>
public readonly record struct DetectionKey(long FrameTime, int StreamNo, long StreamPosition, int Idx);

/// <summary>Which detections are asked for. Times in microseconds since 1970-01-01 UTC.</summary>
public sealed record DetectionFilter
{
    /// <summary>Only of this camera; null for all.</summary>
    public string? Camera { get; init; }

    /// <summary>Only this class; null for all.</summary>
    public string? Class { get; init; }

    /// <summary>Only in this zone; null for all.</summary>
    public string? Zone { get; init; }

    /// <summary>Only of this track; the camera must be given with it. Null for all.</summary>
    public long? Track { get; init; }

    /// <summary>First frame time.</summary>
    public long From { get; init; }

    /// <summary>Frame time to stop before.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Newest first, not oldest.</summary>
    public bool IsNewestFirst { get; init; }

    /// <summary>Only what comes behind this one in the order that is asked for; null from the beginning.</summary>
    public DetectionKey? After { get; init; }

    /// <summary>Most rows.</summary>
    public int Limit { get; init; } = 1_000;
}

/// <summary>The most objects of a class that one frame of a second showed.</summary>
/// <param name="Second">The second, since 1970-01-01 UTC.</param>
/// <param name="Class">The class.</param>
/// <param name="Count">How many.</param>
public sealed record SecondCount(long Second, string Class, long Count);

/// <summary>How much of a class was detected in an interval.</summary>
/// <param name="Start">When it begins, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Class">The class.</param>
/// <param name="Detections">How many detections.</param>
/// <param name="MostAtOnce">The most on one frame.</param>
public sealed record IntervalCount(long Start, string Class, long Detections, long MostAtOnce);
