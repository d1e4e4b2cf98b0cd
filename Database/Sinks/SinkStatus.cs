namespace Weir.Database.Sinks;

/// <summary>How the sink of a stream does.</summary>
/// <param name="Stream">The stream, as <c>scope/stream</c>.</param>
/// <param name="Place">All before this place of the stream is in the database; null before the first look at it.</param>
/// <param name="Lag">How far that is behind the stream's newest event: events in the segment log, bytes in Pravega.</param>
/// <param name="Behind">How old the first event is that is not stored yet; zero where all are.</param>
/// <param name="StoredRows">Rows stored since the start of this sink.</param>
/// <param name="DeadLetters">Events that no table took since the start of this sink.</param>
/// <param name="Fault">What is wrong, in a sentence; null where nothing is.</param>
public sealed record SinkStatus(
    string Stream, string? Place, long Lag, TimeSpan Behind, long StoredRows, long DeadLetters, string? Fault);
