using Weir.Pravega.Connections;
using Weir.Pravega.Wire;
using Weir.Pravega.Writing;

namespace Weir.Pravega;

/// <summary>Where events that were stored together lie.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Offset">The offset of the first; null where nobody can say, since the answer was lost with a connection.</param>
/// <param name="Bytes">Their bytes, with their headers.</param>
public readonly record struct StoredAt(StreamSegment Segment, long? Offset, int Bytes);

/// <summary>
/// Writes to a stream of one segment under event numbers of the caller's own, exactly once even over the end of the process:
/// the segment store keeps the highest number of the writer id. One process at a time may use an id.
/// </summary>
public sealed class NumberedWriter : IAsyncDisposable
{
    private readonly EventWriter writer;

    private NumberedWriter(EventWriter writer, long lastNumber)
    {
        this.writer = writer;
        LastNumber = lastNumber;
    }

    /// <summary>The stream it writes to.</summary>
    public ScopedStream Stream => writer.Stream;

    /// <summary>The highest number that was stored when it was opened; -1 where there was none.</summary>
    public long LastNumber { get; }

    internal static async Task<NumberedWriter> OpenAsync(
        SegmentServices services, ScopedStream stream, EventWriterOptions options, CancellationToken cancellationToken)
    {
        var writer = await EventWriter.OpenAsync(services, stream, options, keepsNumbers: true, cancellationToken).ConfigureAwait(false);
        try
        {
            var segments = await services.Controller.GetCurrentSegmentsAsync(stream, cancellationToken).ConfigureAwait(false);
            if (segments.Count > 1)
            {
                throw new PravegaException($"The stream '{stream}' has {segments.Count} segments; a writer with numbers of its own wants one.")
                { Scope = stream.Scope, Stream = stream.Stream };
            }
            var last = await writer.LastNumberAsync(cancellationToken).ConfigureAwait(false);
            // A segment that took the place of another begins without the numbers of that one.
            if (last < 0 && segments is [var only] && only.Segment.Epoch > 0)
                last = await FormerNumberAsync(services, stream, only.Segment.Epoch, options.WriterId, cancellationToken).ConfigureAwait(false);
            return new NumberedWriter(writer, last);
        }
        catch (Exception)
        {
            await writer.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes events that are stored together or not at all; ends when they are.</summary>
    /// <param name="events">Together less than 16 MiB, 8 bytes counted for each. They are copied before the call returns.</param>
    /// <param name="lastNumber">The number of the last; higher than of all that was written before.</param>
    /// <param name="cancellationToken">Ends the waiting; what was taken on is stored all the same.</param>
    public async ValueTask<StoredAt> WriteAsync<TEvents>(TEvents events, long lastNumber, CancellationToken cancellationToken = default)
        where TEvents : IEventSource
    {
        var result = await writer.WriteUnitAsync(0, events, lastNumber, cancellationToken).ConfigureAwait(false);
        return new StoredAt(result.Segment, result.Offset >= 0 ? result.Offset : null, result.Bytes);
    }

    /// <inheritdoc cref="WriteAsync{TEvents}(TEvents, long, CancellationToken)"/>
    public ValueTask<StoredAt> WriteAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> events, long lastNumber, CancellationToken cancellationToken = default) =>
        WriteAsync(new PayloadList(events), lastNumber, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => writer.DisposeAsync();

    /// <summary>Closes it without waiting for what is on its way, of which some may be stored yet.</summary>
    public ValueTask AbandonAsync() => writer.CloseAsync();

    private static async Task<long> FormerNumberAsync(
        SegmentServices services, ScopedStream stream, int epoch, Guid writerId, CancellationToken cancellationToken)
    {
        var calls = new SegmentCalls(services);
        var last = -1L;
        var asked = new HashSet<StreamSegment>();
        while (last < 0 && --epoch >= 0)
        {
            foreach (var (segment, _, _) in await services.Controller.GetEpochSegmentsAsync(stream, epoch, cancellationToken).ConfigureAwait(false))
            {
                if (!asked.Add(segment)) continue;
                var (reply, _) = await calls.AskAsync(
                    segment, false, (id, token) => new GetSegmentAttribute(id, segment.Name, WriterIds.Of(writerId, segment.Id), token),
                    cancellationToken).ConfigureAwait(false);
                // A segment that is gone tells nothing; nor do those before it, which are gone, too.
                if (reply is NoSuchSegment) return last;
                if (reply is not SegmentAttribute attribute) throw SegmentCalls.Failure(reply, segment, segment.Name);
                if (attribute.Value != long.MinValue) last = Math.Max(last, attribute.Value);
            }
        }
        return last;
    }
}
