using System.Net;
using Weir.Pravega.Controller;
using Weir.Pravega.Controller.Messages;
using Access = Weir.Pravega.Controller.Messages.StreamInfo.Types.AccessOperation;

namespace Weir.Pravega;

/// <content>Which segments a stream has, where they are, and how it is scaled.</content>
public sealed partial class PravegaController
{
    /// <summary>The segments that take events just now, ordered by key range; none where the stream is sealed.</summary>
    public async Task<IReadOnlyList<SegmentRange>> GetCurrentSegmentsAsync(ScopedStream stream, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync("getCurrentSegments", stream.ToMessage(Access.None), SegmentRanges.Parser, stream, cancellationToken).ConfigureAwait(false)).ToRanges(stream);

    /// <summary>The oldest segments that are still there, with the offset at which each begins.</summary>
    public async Task<StreamCut> GetHeadAsync(ScopedStream stream, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync(
            "getSegments", new GetSegmentsRequest { StreamInfo = stream.ToMessage() }, SegmentsAtTime.Parser, stream, cancellationToken).ConfigureAwait(false);
        return new StreamCut(stream, reply.Segments.Select(s => KeyValuePair.Create(s.SegmentId.SegmentId_, s.Offset)));
    }

    /// <summary>The segments of an epoch, ordered by key range.</summary>
    public async Task<IReadOnlyList<SegmentRange>> GetEpochSegmentsAsync(ScopedStream stream, int epoch, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync(
            "getEpochSegments", new GetEpochSegmentsRequest { StreamInfo = stream.ToMessage(), Epoch = epoch }, SegmentRanges.Parser,
            stream, cancellationToken).ConfigureAwait(false)).ToRanges(stream);

    /// <summary>
    /// The segments that follow one after a scale. None for one that is open, and for the last of a sealed stream.
    /// </summary>
    public async Task<IReadOnlyList<Successor>> GetSuccessorsAsync(StreamSegment segment, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync(
            "getSegmentsImmediatelyFollowing", segment.ToMessage(), SuccessorResponse.Parser, segment.Stream, cancellationToken).ConfigureAwait(false);
        return [.. reply.Segments.Select(entry => new Successor(entry.Segment.ToRange(segment.Stream), entry.Value))];
    }

    /// <summary>All segments that lie between two cuts; null stands for the head or the tail, of which one must be given.</summary>
    public async Task<IReadOnlyList<StreamSegment>> GetSegmentsBetweenAsync(
        ScopedStream stream, StreamCut? from, StreamCut? to, CancellationToken cancellationToken = default)
    {
        var request = new StreamCutRange { StreamInfo = stream.ToMessage() };
        foreach (var (segment, offset) in from?.Offsets ?? new Dictionary<long, long>()) request.From.Add(segment, offset);
        foreach (var (segment, offset) in to?.Offsets ?? new Dictionary<long, long>()) request.To.Add(segment, offset);
        var reply = await calls.CallAsync("getSegmentsBetween", request, StreamCutRangeResponse.Parser, stream, cancellationToken).ConfigureAwait(false);
        return [.. reply.Segments.Select(id => new StreamSegment(stream, id.SegmentId_))];
    }

    /// <summary>Whether a segment takes events.</summary>
    public async Task<bool> IsSegmentOpenAsync(StreamSegment segment, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync("isSegmentValid", segment.ToMessage(), SegmentValidityResponse.Parser, segment.Stream, cancellationToken).ConfigureAwait(false)).Response;

    /// <summary>Whether a cut's segments hold every key of the stream once.</summary>
    public async Task<bool> IsStreamCutValidAsync(StreamCut cut, CancellationToken cancellationToken = default) =>
        (await calls.CallAsync("isStreamCutValid", cut.ToMessage(), StreamCutValidityResponse.Parser, cut.Stream, cancellationToken).ConfigureAwait(false)).Response;

    /// <summary>Replaces segments by others that hold the same keys, and waits until that is done.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="sealedSegments">Ids of the segments to close.</param>
    /// <param name="ranges">The key ranges of the new ones; together those of the closed.</param>
    /// <param name="cancellationToken">Ends the waiting, not the scale.</param>
    /// <returns>The new segments.</returns>
    /// <exception cref="PravegaConflictException">It would leave too few segments, or one of them is not open any more.</exception>
    public async Task<IReadOnlyList<SegmentRange>> ScaleAsync(
        ScopedStream stream, IEnumerable<long> sealedSegments, IEnumerable<(double Low, double High)> ranges,
        CancellationToken cancellationToken = default)
    {
        var request = new ScaleRequest { StreamInfo = stream.ToMessage(), ScaleTimestamp = time.GetUtcNow().ToUnixTimeMilliseconds() };
        request.SealedSegments.AddRange(sealedSegments);
        request.NewKeyRanges.AddRange(ranges.Select(r => new ScaleRequest.Types.KeyRangeEntry { Start = r.Low, End = r.High }));
        var reply = await calls.CallAsync("scale", request, ScaleResponse.Parser, stream, cancellationToken).ConfigureAwait(false);
        if (reply.Status == ScaleResponse.Types.ScaleStreamStatus.PreconditionFailed)
        {
            throw new PravegaConflictException(
                $"The stream '{stream}' cannot be scaled so: a segment to close is not open, the new ranges do not hold the same keys, or fewer segments would be left than its policy wants.")
            { Scope = stream.Scope, Stream = stream.Stream };
        }
        if (reply.Status != ScaleResponse.Types.ScaleStreamStatus.Started) throw Refused(stream, "the controller could not scale it");
        while (true)
        {
            var check = await calls.CallAsync(
                "checkScale", new ScaleStatusRequest { StreamInfo = stream.ToMessage(), Epoch = reply.Epoch }, ScaleStatusResponse.Parser,
                stream, cancellationToken).ConfigureAwait(false);
            if (check.Status == ScaleStatusResponse.Types.ScaleStatus.Success) break;
            if (check.Status != ScaleStatusResponse.Types.ScaleStatus.InProgress) throw Refused(stream, $"its scale ended with {check.Status}");
            await Task.Delay(PollEvery, time, cancellationToken).ConfigureAwait(false);
        }
        return [.. reply.Segments.Select(range => range.ToRange(stream)).OrderBy(range => range.High)];
    }

    /// <summary>The server that has a segment, as the controller knows it. It does not check that there is such a segment.</summary>
    internal async Task<DnsEndPoint> GetHostAsync(StreamSegment segment, CancellationToken cancellationToken)
    {
        var node = await calls.CallAsync("getURI", segment.ToMessage(), NodeUri.Parser, segment.Stream, cancellationToken).ConfigureAwait(false);
        return new DnsEndPoint(node.Endpoint, node.Port);
    }

    /// <summary>What a segment store wants to see before it serves a stream's segments; empty where it asks nobody.</summary>
    internal async Task<string> GetTokenAsync(ScopedStream stream, bool canWrite, CancellationToken cancellationToken) =>
        (await calls.CallAsync(
            "getDelegationToken", stream.ToMessage(canWrite ? Access.ReadWrite : Access.Read), DelegationToken.Parser, stream,
            cancellationToken).ConfigureAwait(false)).DelegationToken_;

    /// <summary>
    /// Reports that a writer has written all of its events up to a time, which watermarks are made of. Neither the time
    /// nor the position of a writer may go back.
    /// </summary>
    /// <param name="writer">The writer's name, of the caller's choice.</param>
    /// <param name="position">Where the writer's last events lie.</param>
    /// <param name="timestamp">A number that rises with time; readers get it back as they gave it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="PravegaConflictException">Time or position goes back.</exception>
    public async Task NoteTimeAsync(string writer, StreamCut position, long timestamp, CancellationToken cancellationToken = default)
    {
        var request = new TimestampFromWriter { Writer = writer, Position = position.ToMessage(), Timestamp = timestamp };
        var reply = await calls.CallAsync("noteTimestampFromWriter", request, TimestampResponse.Parser, position.Stream, cancellationToken).ConfigureAwait(false);
        if (reply.Result == TimestampResponse.Types.Status.Success) return;
        if (reply.Result == TimestampResponse.Types.Status.InternalError) throw Refused(position.Stream, $"the time of writer '{writer}' could not be noted");
        var what = reply.Result == TimestampResponse.Types.Status.InvalidTime ? $"time {timestamp}" : $"position {position}";
        throw new PravegaConflictException($"The writer '{writer}' of stream '{position.Stream}' has reported a later one than {what}.")
        { Scope = position.Stream.Scope, Stream = position.Stream.Stream };
    }

    /// <summary>Takes a writer out of the making of watermarks; one that is not in it is no error.</summary>
    public async Task RemoveWriterAsync(ScopedStream stream, string writer, CancellationToken cancellationToken = default)
    {
        var request = new RemoveWriterRequest { Writer = writer, Stream = stream.ToMessage() };
        var reply = await calls.CallAsync("removeWriter", request, RemoveWriterResponse.Parser, stream, cancellationToken).ConfigureAwait(false);
        if (reply.Result is RemoveWriterResponse.Types.Status.Success or RemoveWriterResponse.Types.Status.UnknownWriter) return;
        if (reply.Result == RemoveWriterResponse.Types.Status.StreamDoesNotExist) throw NoStream(stream);
        throw Refused(stream, $"writer '{writer}' could not be removed");
    }
}
