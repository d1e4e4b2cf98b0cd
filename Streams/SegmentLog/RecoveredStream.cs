namespace Weir.Streams.SegmentLog;

/// <summary>What was found of a stream on disk.</summary>
/// <param name="Segments">Its segments, oldest first.</param>
/// <param name="Writers">Its writers.</param>
/// <param name="Checkpoints">Its readers.</param>
/// <param name="NextOffset">The offset that the next event gets; behind the last segment's end where events were lost.</param>
internal sealed record RecoveredStream(
    IReadOnlyList<Segment> Segments, WriterTable Writers, CheckpointFiles Checkpoints, long NextOffset);
