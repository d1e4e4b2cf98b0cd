namespace Weir.Streams.Pravega;

/// <summary>
/// Where the times of a stream begin: at marks some bytes apart, the highest timestamp before it. Pravega has no index by
/// time, so the marks are made by reading, once, what no search has come to yet.
/// </summary>
internal sealed class TimeIndex
{
    private const long BytesBetweenMarks = 1 << 20;

    private readonly Lock gate = new();
    private readonly List<(StreamPosition Position, long HighestBefore)> marks = [];

    /// <summary>The first event at or after a time; the tail where there is none.</summary>
    /// <param name="timestamp">The time.</param>
    /// <param name="tail">The end of the stream at the moment of asking.</param>
    /// <param name="open">Opens a reader.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<StreamPosition> FindAsync(
        long timestamp, StreamPosition tail, Func<StreamPosition, Task<IStreamReader>> open, CancellationToken cancellationToken)
    {
        int known;
        var (from, highest) = (StreamPosition.Earliest, long.MinValue);
        bool isNewest;
        lock (gate)
        {
            known = marks.Count;
            // The last mark before which all is older.
            var at = marks.FindLastIndex(mark => mark.HighestBefore < timestamp);
            if (at >= 0) (from, highest) = marks[at];
            isNewest = at == known - 1;
        }
        var found = new List<(StreamPosition, long)>();
        await using var reader = await open(from).ConfigureAwait(false);
        var markedAt = from.Offset;
        while (reader.Position < tail && await reader.TryReadAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { EndOfStream: false } batch)
        {
            for (var i = 0; i < batch.Events.Length; i++)
            {
                var (position, time, _) = batch.Events.Span[i];
                if (isNewest && position.Offset - markedAt >= BytesBetweenMarks)
                {
                    found.Add((position, highest));
                    markedAt = position.Offset;
                }
                if (time >= timestamp)
                {
                    Keep(found, known);
                    return position;
                }
                highest = Math.Max(highest, time);
            }
            batch.Release();
        }
        Keep(found, known);
        return tail;
    }

    // Of two searches that read the same part, one keeps its marks.
    private void Keep(List<(StreamPosition, long)> found, int known)
    {
        lock (gate)
        {
            if (marks.Count == known) marks.AddRange(found);
        }
    }
}
