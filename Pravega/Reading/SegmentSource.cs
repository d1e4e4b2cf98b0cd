using Weir.Pravega.Connections;
using Weir.Pravega.Wire;

namespace Weir.Pravega.Reading;

/// <summary>Asks for the bytes of a segment until there are some, or the segment ends.</summary>
internal sealed class SegmentSource(SegmentServices services, StreamSegment segment)
{
    private const int ReadBytes = 1 << 20;
    private static readonly TimeSpan PauseAfterNothing = TimeSpan.FromMilliseconds(20);

    private readonly SegmentCalls calls = new(services);

    public async Task<SegmentRead> ReadAsync(long offset, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (reply, _) = await calls.AskAsync(
                segment, canWrite: false, (id, token) => new ReadSegment(segment.Name, offset, ReadBytes, token, id), cancellationToken).ConfigureAwait(false);
            switch (reply)
            {
                case SegmentRead read when read.Data.Count > 0 || read.IsEndOfSegment:
                    PravegaMetrics.BytesRead.Add(read.Data.Count);
                    return read;
                case SegmentRead:
                    // The store has let go of an idle segment.
                    await Task.Delay(PauseAfterNothing, services.Time, cancellationToken).ConfigureAwait(false);
                    break;
                case SegmentIsSealed:
                    // Sealed while the question was held: asked again, the store gives what is left, or says that this is the end.
                    break;
                case NoSuchSegment:
                    throw Gone();
                default:
                    throw SegmentCalls.Failure(reply, segment, segment.Name);
            }
        }
    }

    /// <exception cref="PravegaTruncatedException">It is not there any more.</exception>
    public async Task<SegmentInfo> GetInfoAsync(CancellationToken cancellationToken) =>
        await calls.GetInfoAsync(segment, cancellationToken).ConfigureAwait(false) ?? throw Gone();

    private PravegaTruncatedException Gone() => new($"The segment '{segment}' is not there any more: truncated away, or its stream is deleted.")
    { Scope = segment.Stream.Scope, Stream = segment.Stream.Stream, Segment = segment.Name };
}
