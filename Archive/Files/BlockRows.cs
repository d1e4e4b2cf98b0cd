using Weir.Archive.Duck;

namespace Weir.Archive;

/// <summary>The messages of blocks after a key, as rows for a Parquet file or a table.</summary>
/// <param name="blocks">The blocks, in key order.</param>
/// <param name="after">The newest key that is not wanted.</param>
/// <param name="typed">The columns of their payloads; null for none.</param>
/// <param name="oneDay">Whether to stop at the end of the first message's UTC day, so that a file belongs to one day.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class BlockRows(
    IReadOnlyList<RingBlock> blocks, MessageKey after, PayloadColumns? typed, bool oneDay, CancellationToken cancellationToken) : IDuckRowSource
{
    private const long MicrosPerDay = 86_400_000_000;

    private int block;
    private int skip;
    private long endOfDay = long.MaxValue;

    public IReadOnlyList<DuckColumnDefinition> Columns { get; } = typed is null ? ArchiveColumns.All : [.. ArchiveColumns.All, .. typed.Definitions];

    /// <summary>The first and the last key that was written, and how many there were.</summary>
    public MessageKey? First { get; private set; }

    public MessageKey Last { get; private set; } = after;

    public long Count { get; private set; }

    public int Fill(DuckRows rows)
    {
        cancellationToken.ThrowIfCancellationRequested();
        typed?.Begin(rows, ArchiveColumns.Typed);
        var row = 0;
        while (row < DuckRows.Capacity && block < blocks.Count)
        {
            if (!FillFrom(blocks[block], rows, ref row)) break;
            block++;
            skip = 0;
        }
        Count += row;
        return row;
    }

    /// <returns>True when the block is used up; false where there is no more room, or the day ends.</returns>
    private bool FillFrom(RingBlock from, DuckRows rows, ref int row)
    {
        var timestamp = rows.Column(ArchiveColumns.Timestamp);
        var sequence = rows.Column(ArchiveColumns.Sequence);
        var topic = rows.Column(ArchiveColumns.Topic);
        var payload = rows.Column(ArchiveColumns.Payload);
        var qos = rows.Column(ArchiveColumns.Qos);
        var retain = rows.Column(ArchiveColumns.Retain);
        var received = rows.Column(ArchiveColumns.Received);
        var properties = rows.Column(ArchiveColumns.Properties);

        var messages = new MessageBlockReader(from.Bytes.Span);
        for (var i = 0; i < skip; i++) messages.Read();
        while (messages.Read())
        {
            if (row == DuckRows.Capacity) return false;
            var key = messages.Key;
            if (key.TimestampMicros >= endOfDay) return false;
            skip++;
            if (key <= Last) continue;
            if (First is null)
            {
                First = key;
                if (oneDay) endOfDay = (key.TimestampMicros / MicrosPerDay + 1) * MicrosPerDay;
            }
            Last = key;

            timestamp.Set(row, key.TimestampMicros);
            sequence.Set(row, key.Sequence);
            topic.Set(row, messages.Topic);
            if (typed?.Fill(row, messages.Topic, messages.Payload) == false) payload.SetNull(row);
            else payload.Set(row, messages.Payload);
            qos.Set(row, (short)messages.Qos);
            retain.Set(row, messages.Retain);
            if (messages.ReceivedMicros == key.TimestampMicros) received.SetNull(row);
            else received.Set(row, messages.ReceivedMicros);
            if (messages.Properties.IsEmpty) properties.SetNull(row);
            else properties.Set(row, messages.Properties);
            row++;
        }
        return true;
    }
}
