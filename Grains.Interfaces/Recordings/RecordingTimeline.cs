namespace Weir.Grains.Interfaces.Recordings;

/// <summary>What is there of a range of time.</summary>
/// <param name="Recorded">Where there is video.</param>
/// <param name="Motion">Where something moves in it.</param>
/// <param name="Gaps">Where there should be video and is none.</param>
/// <param name="Detections">What was found, in steps.</param>
/// <param name="Step">The length of a step, in µs.</param>
[GenerateSerializer, Immutable, Alias("weir.RecordingTimeline")]
public sealed record RecordingTimeline(
    [property: Id(0)] IReadOnlyList<TimeRange> Recorded, [property: Id(1)] IReadOnlyList<TimeRange> Motion,
    [property: Id(2)] IReadOnlyList<RecordingGap> Gaps, [property: Id(3)] IReadOnlyList<DetectionStep> Detections,
    [property: Id(4)] long Step);

/// <summary>A range of time.</summary>
/// <param name="From">Where it begins, in µs since 1970 UTC.</param>
/// <param name="To">Where it ends.</param>
[GenerateSerializer, Immutable, Alias("weir.TimeRange")]
public readonly record struct TimeRange([property: Id(0)] long From, [property: Id(1)] long To);

/// <summary>A range in which video should be and is not.</summary>
/// <param name="From">Where it begins, in µs since 1970 UTC.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Cause">Why, in a word.</param>
/// <param name="Detail">Why, in a sentence.</param>
[GenerateSerializer, Immutable, Alias("weir.RecordingGap")]
public sealed record RecordingGap(
    [property: Id(0)] long From, [property: Id(1)] long To, [property: Id(2)] string Cause, [property: Id(3)] string Detail);

/// <summary>The most of a class that was found on one frame of a step of a timeline.</summary>
/// <param name="Time">Where the step begins, in µs since 1970 UTC.</param>
/// <param name="Class">What was found.</param>
/// <param name="Count">How many.</param>
[GenerateSerializer, Immutable, Alias("weir.DetectionStep")]
public readonly record struct DetectionStep([property: Id(0)] long Time, [property: Id(1)] string Class, [property: Id(2)] long Count);
