using Weir.Database.Rows;
using Weir.Database.Site;
using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>Reads a stream of results into batches of rows. For one caller at a time.</summary>
/// <param name="reader">Stands at the place from which on results are not stored.</param>
/// <param name="decoder">Turns events into rows.</param>
/// <param name="place">Where the sink stands.</param>
/// <param name="options">The bounds of a batch.</param>
/// <param name="time">The clock.</param>
internal sealed class SinkReader(
    IStreamReader reader, IResultDecoder decoder, SinkPlace place, SinkOptions options, TimeProvider time)
    : IAsyncDisposable
{
    // An epoch of a stream has room for 2^48 positions within a BIGINT: events, or bytes in Pravega.
    private const int OffsetBits = 48;

    // What a dead letter keeps of an event, so that it fits into a packet.
    private const int MostPayload = 1 << 20;

    private readonly ResultRows rows = new();

    // At first; then as many as there were on average.
    private double rowsAnEvent = 4;

    /// <summary>Whether batches have the last event that gave rows as it was read.</summary>
    public bool KeepsLast { get; init; }

    /// <summary>Waits for an event and reads what else is there, or comes within the time that a batch waits for more.</summary>
    public async Task<SinkBatch> ReadAsync(CancellationToken cancellationToken)
    {
        var batch = new SinkBatch(reader.Position) { IsReplay = reader.Position < place.ReplayTo };
        var room = options.BatchBytes;
        Take(batch, await reader.ReadAsync(EventsFor(batch), room, cancellationToken), ref room);
        room = await DrainAsync(batch, room, cancellationToken);
        if (!IsFull(batch, room) && options.Linger > TimeSpan.Zero)
        {
            await Task.Delay(options.Linger, time, cancellationToken);
            await DrainAsync(batch, room, cancellationToken);
        }
        if (batch.Events > 0) rowsAnEvent = Math.Max(0.1, (rowsAnEvent + (double)batch.Rows / batch.Events) / 2);
        return batch;
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private async Task<int> DrainAsync(SinkBatch batch, int room, CancellationToken cancellationToken)
    {
        while (!IsFull(batch, room) && await reader.TryReadAsync(EventsFor(batch), room, cancellationToken) is { } more)
        {
            Take(batch, more, ref room);
            if (more.EndOfStream) break;
        }
        return room;
    }

    private bool IsFull(SinkBatch batch, int room) => batch.Rows >= options.BatchRows || room <= 0;

    private int EventsFor(SinkBatch batch) =>
        (int)Math.Clamp((options.BatchRows - batch.Rows) / rowsAnEvent, 1, options.BatchRows);

    private void Take(SinkBatch batch, StreamBatch read, ref int room)
    {
        if (read.Gap is { } gap) batch.Gaps.Add(ToRow(gap));
        foreach (ref readonly var stored in read.Events.Span)
        {
            Decode(batch, stored);
            batch.LastTimestamp = stored.Timestamp;
            room -= stored.Payload.Length;
        }
        batch.Events += read.Events.Length;
        batch.Next = read.Next;
        batch.IsEnd = read.EndOfStream;
        read.Release();
    }

    private void Decode(SinkBatch batch, in StoredEvent stored)
    {
        try
        {
            rows.Clear();
            decoder.Decode(stored, rows);
            Take(batch, stored.Position);
            if (KeepsLast) batch.Last = ToDeadLetter(stored, "");
        }
        catch (Exception e)
        {
            // Whatever a decoder trips over: one event must not stop all that follow.
            batch.DeadLetters.Add(ToDeadLetter(stored, e.Message));
        }
    }

    private void Take(SinkBatch batch, StreamPosition position)
    {
        var now = UnixMicroseconds.From(time.GetUtcNow());
        for (var i = 0; i < rows.Detections.Count; i++)
        {
            var row = rows.Detections[i];
            row.Place(place.StreamNo, ((long)position.Epoch << OffsetBits) | position.Offset, i, now);
            batch.Detections.Add(row);
        }
        batch.Tracks.AddRange(rows.Tracks);
        batch.SceneEvents.AddRange(rows.SceneEvents);
        batch.Gaps.AddRange(rows.Gaps);
    }

    private DeadLetterRow ToDeadLetter(in StoredEvent stored, string fault) => new(
        reader.Stream.ToString(), stored.Position.ToString(), CutText.Of(decoder.TopicOf(stored), 255), CutText.Of(fault, 2000), stored.Payload[..Math.Min(stored.Payload.Length, MostPayload)].ToArray(),
        UnixMicroseconds.From(time.GetUtcNow()));

    private GapRow ToRow(StreamGap gap) => new()
    {
        Source = $"stream/{reader.Stream}", FromPlace = gap.From.ToString(), ToPlace = gap.To.ToString(), Cause = gap.Cause.ToString(),
        Lost = gap.Events, Detail = CutText.Of(gap.Detail, 2000), Noticed = UnixMicroseconds.From(time.GetUtcNow()),
    };
}
