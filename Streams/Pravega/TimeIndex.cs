using System.Globalization;
using System.Text;
using Weir.Pravega;
// Orleans has one of that name.
using TableVersion = Weir.Pravega.TableVersion;

namespace Weir.Streams.Pravega;

/// <summary>
/// Finds times in a stream without reading all of it: Pravega has no index by time, so a table segment keeps for parts of
/// the stream, some megabytes each, the highest time of their events. A search passes over parts whose highest is too low.
/// </summary>
/// <remarks>
/// Parts are written by writers as they append, where no other writes between, and by searches for what they had to read.
/// What a part says stays true for as long as the stream lives; one that is missing costs a search the reading of it. Each
/// names the making of the stream that it belongs to, so that what comes late for a stream that was deleted is not taken for
/// one of the same name. Safe for many callers at once.
/// </remarks>
internal sealed class TimeIndex(TableSegment table)
{
    /// <summary>Parts have at least so many bytes.</summary>
    public const long PartBytes = 4L << 20;

    private static readonly byte[] MakingKey = Encoding.ASCII.GetBytes("making");

    private readonly Lock gate = new();
    private string? making;

    /// <summary>A stream has been made anew: nothing that is here holds for it.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await table.CreateAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var entry in table.ListAsync(cancellationToken).ConfigureAwait(false))
            await table.RemoveAsync(entry.Key, TableVersion.Any, cancellationToken).ConfigureAwait(false);
        var made = Guid.NewGuid().ToString("N");
        await table.PutAsync(MakingKey, Encoding.ASCII.GetBytes(made), TableVersion.Any, cancellationToken).ConfigureAwait(false);
        lock (gate) making = made;
    }

    /// <summary>Forgets what it knows of the stream's making; the next who asks looks.</summary>
    public void Forget()
    {
        lock (gate) making = null;
    }

    /// <summary>Keeps a part.</summary>
    public async Task KeepAsync(TimePart part, CancellationToken cancellationToken)
    {
        var made = await MakingAsync(cancellationToken).ConfigureAwait(false);
        await table.PutAsync(
            KeyOf(part.From), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{part.To} {part.Highest} {made}")),
            TableVersion.Any, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of the parts before a position, which the stream does not have any more.</summary>
    public async Task GiveUpAsync(StreamPosition before, CancellationToken cancellationToken)
    {
        foreach (var part in await LoadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (part.To <= before) await table.RemoveAsync(KeyOf(part.From), TableVersion.Any, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The first event at or after a time; the tail where there is none.</summary>
    /// <param name="timestamp">The time.</param>
    /// <param name="head">The beginning of the stream.</param>
    /// <param name="tail">The end of the stream at the moment of asking.</param>
    /// <param name="open">Opens a reader.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<StreamPosition> FindAsync(
        long timestamp, StreamPosition head, StreamPosition tail, Func<StreamPosition, Task<IStreamReader>> open, CancellationToken cancellationToken)
    {
        var parts = await LoadAsync(cancellationToken).ConfigureAwait(false);
        var at = PassOver(parts, head, timestamp);
        while (at < tail)
        {
            await using var reader = await open(at).ConfigureAwait(false);
            var learned = new TimePart(at, at, long.MinValue, 0);
            while (true)
            {
                if (reader.Position >= tail || await reader.TryReadAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is not { EndOfStream: false } batch)
                    return tail;
                if (FirstAtOrAfter(batch, timestamp, ref learned) is { } found) return found;
                batch.Release();
                if (learned.Bytes >= PartBytes)
                {
                    await KeepAsync(learned, cancellationToken).ConfigureAwait(false);
                    learned = new TimePart(learned.To, learned.To, long.MinValue, 0);
                }
                at = PassOver(parts, learned.To, timestamp);
                if (at > learned.To) break;
            }
        }
        return tail;
    }

    private static StreamPosition? FirstAtOrAfter(StreamBatch batch, long timestamp, ref TimePart learned)
    {
        var (highest, bytes) = (learned.Highest, learned.Bytes);
        foreach (ref readonly var one in batch.Events.Span)
        {
            if (one.Timestamp >= timestamp) return one.Position;
            highest = Math.Max(highest, one.Timestamp);
            bytes += one.Payload.Length + EventEnvelope.Overhead;
        }
        learned = new TimePart(learned.From, batch.Next, highest, bytes);
        return null;
    }

    // On to where something may be that is not older.
    private static StreamPosition PassOver(List<TimePart> parts, StreamPosition at, long timestamp)
    {
        foreach (var part in parts)
        {
            if (part.From > at) break;
            if (part.To > at && part.Highest < timestamp) at = part.To;
        }
        return at;
    }

    private async Task<List<TimePart>> LoadAsync(CancellationToken cancellationToken)
    {
        var parts = new List<TimePart>();
        var made = await MakingAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var entry in table.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!StreamPosition.TryParse(Encoding.ASCII.GetString(entry.Key.Span), out var from)
                || Encoding.ASCII.GetString(entry.Value.Span).Split(' ') is not [var end, var time, var of]
                || of != made
                || !StreamPosition.TryParse(end, out var to)
                || !long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var highest))
                continue;
            parts.Add(new TimePart(from, to, highest, 0));
        }
        parts.Sort((a, b) => a.From.CompareTo(b.From));
        return parts;
    }

    private async ValueTask<string> MakingAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (making is not null) return making;
        }
        // A stream that was there before it had an index gets one here.
        await table.CreateAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var entry = await table.GetAsync(MakingKey, cancellationToken).ConfigureAwait(false);
            var made = entry is { } there ? Encoding.ASCII.GetString(there.Value.Span) : Guid.NewGuid().ToString("N");
            try
            {
                if (entry is null) await table.PutAsync(MakingKey, Encoding.ASCII.GetBytes(made), TableVersion.NotThere, cancellationToken).ConfigureAwait(false);
                lock (gate) making = made;
                return made;
            }
            catch (PravegaConflictException)
            {
                // Another process has been quicker.
            }
        }
    }

    private static byte[] KeyOf(StreamPosition position) => Encoding.ASCII.GetBytes(position.ToString());
}

/// <summary>A part of a stream and the highest time of its events.</summary>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end.</param>
/// <param name="Highest">The highest timestamp, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Bytes">Its bytes, where they are counted.</param>
internal readonly record struct TimePart(StreamPosition From, StreamPosition To, long Highest, long Bytes);
