using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Weir.Pravega.Controller.Messages;

namespace Weir.Pravega.Tests.Simulator;

/// <summary>A small Pravega over real sockets, for faults that a real one cannot be made to have: a controller and two segment stores.</summary>
internal sealed class SimulatedPravega : IAsyncDisposable
{
    private readonly Dictionary<string, SimulatedSegment> segments = [];
    private readonly Dictionary<ScopedStream, List<SegmentRange>> current = [];
    private readonly SimulatedStore[] stores;
    private readonly WebApplication controller;
    private int goodToken;

    private SimulatedPravega()
    {
        stores = [new SimulatedStore(this, 0), new SimulatedStore(this, 1)];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        controller = builder.Build();
        controller.Run(AnswerAsync);
    }

    /// <summary>Held while anything of it is looked at or changed.</summary>
    public Lock Gate { get; } = new();

    public string Controller => controller.Urls.First().Replace("http://", "tcp://", StringComparison.Ordinal);

    /// <summary>Stored, but never told.</summary>
    public bool KeepsAcknowledgementsBack { get; set; }

    /// <summary>How long an append takes.</summary>
    public TimeSpan? AppendDelay { get; set; }

    /// <summary>How many tokens were given out.</summary>
    public int Tokens { get; private set; }

    public static async Task<SimulatedPravega> StartAsync()
    {
        var pravega = new SimulatedPravega();
        await pravega.controller.StartAsync();
        return pravega;
    }

    /// <summary>All tokens so far have run out.</summary>
    public void LetTokensRunOut()
    {
        lock (Gate) goodToken++;
    }

    public bool IsTokenGood(string token) => token == $"{goodToken}";

    public SimulatedSegment? Find(string name)
    {
        lock (Gate) return segments.GetValueOrDefault(name);
    }

    /// <summary>Every segment goes over to the other store.</summary>
    public void MoveSegments()
    {
        lock (Gate)
        {
            foreach (var segment in segments.Values) segment.Store = 1 - segment.Store;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await controller.DisposeAsync();
        foreach (var store in stores) await store.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = body.ToArray()[5..];
        context.Response.ContentType = "application/grpc";
        IMessage? reply;
        lock (Gate) reply = Answer(context.Request.Path.Value!.Split('/')[^1], request);
        if (reply is null)
        {
            // As the real one does where it has nothing but an error to say: the status stands in the headers.
            context.Response.Headers["grpc-status"] = "5";
            context.Response.Headers["grpc-message"] = "there%20is%20none";
            return;
        }
        var message = new byte[5 + reply.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), message.Length - 5);
        reply.WriteTo(message.AsSpan(5));
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(message);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private IMessage? Answer(string method, byte[] request)
    {
        switch (method)
        {
            case "createScope":
                return new CreateScopeStatus();
            case "createStream":
                var config = StreamConfig.Parser.ParseFrom(request);
                current.Add(StreamOf(config.StreamInfo), Make(StreamOf(config.StreamInfo), 0, Even(config.ScalingPolicy.MinNumSegments)));
                return new CreateStreamStatus();
            case "sealStream":
                var ending = StreamOf(StreamInfo.Parser.ParseFrom(request));
                foreach (var range in current[ending]) Find(range.Segment.Name)!.Seal([]);
                current[ending] = [];
                return new UpdateStreamStatus();
            case "scale":
                return Scale(ScaleRequest.Parser.ParseFrom(request));
            case "checkScale":
                return new ScaleStatusResponse { Status = ScaleStatusResponse.Types.ScaleStatus.Success };
            case "getCurrentSegments":
                return current.TryGetValue(StreamOf(StreamInfo.Parser.ParseFrom(request)), out var open) ? Ranges(open) : null;
            case "getSegments":
                var heads = new SegmentsAtTime();
                heads.Segments.AddRange(Of(StreamOf(GetSegmentsRequest.Parser.ParseFrom(request).StreamInfo), 0)
                    .Select(range => new SegmentsAtTime.Types.SegmentLocation { SegmentId = IdOf(range.Segment) }));
                return heads;
            case "getEpochSegments":
                var epoch = GetEpochSegmentsRequest.Parser.ParseFrom(request);
                return Ranges(Of(StreamOf(epoch.StreamInfo), epoch.Epoch));
            case "getSegmentsImmediatelyFollowing":
                return Followers(SegmentId.Parser.ParseFrom(request));
            case "getURI":
                var asked = SegmentId.Parser.ParseFrom(request);
                var store = Find(new StreamSegment(StreamOf(asked.StreamInfo), asked.SegmentId_).Name)?.Store ?? 0;
                return new NodeUri { Endpoint = "127.0.0.1", Port = stores[store].Port };
            case "getDelegationToken":
                Tokens++;
                return new DelegationToken { DelegationToken_ = $"{goodToken}" };
            default:
                throw new NotSupportedException($"The simulated controller does not know {method}.");
        }
    }

    private static IEnumerable<(double Low, double High)> Even(int count) =>
        Enumerable.Range(0, count).Select(i => ((double)i / count, i == count - 1 ? 1 : (double)(i + 1) / count));

    private static ScopedStream StreamOf(StreamInfo info) => new(info.Scope, info.Stream);

    private static SegmentId IdOf(StreamSegment segment) =>
        new() { StreamInfo = new StreamInfo { Scope = segment.Stream.Scope, Stream = segment.Stream.Stream }, SegmentId_ = segment.Id };

    private static Controller.Messages.SegmentRange ToMessage(SegmentRange range) =>
        new() { SegmentId = IdOf(range.Segment), MinKey = range.Low, MaxKey = range.High };

    private static SegmentRanges Ranges(IEnumerable<SegmentRange> ranges)
    {
        var reply = new SegmentRanges();
        reply.SegmentRanges_.AddRange(ranges.Select(ToMessage));
        return reply;
    }

    private List<SegmentRange> Of(ScopedStream stream, int epoch) =>
        [.. segments.Values.Select(s => s.Range).Where(range => range.Segment.Stream == stream && range.Segment.Epoch == epoch)];

    private List<SegmentRange> Make(ScopedStream stream, int epoch, IEnumerable<(double Low, double High)> ranges)
    {
        var count = segments.Values.Count(s => s.Range.Segment.Stream == stream);
        var made = ranges.Select((r, i) => new SegmentRange(StreamSegment.Of(stream, count + i, epoch), r.Low, r.High)).ToList();
        foreach (var range in made) segments.Add(range.Segment.Name, new SimulatedSegment(range) { Store = range.Segment.Number % 2 });
        return made;
    }

    private ScaleResponse Scale(ScaleRequest request)
    {
        var stream = StreamOf(request.StreamInfo);
        var epoch = segments.Values.Where(s => s.Range.Segment.Stream == stream).Max(s => s.Range.Segment.Epoch) + 1;
        var made = Make(stream, epoch, request.NewKeyRanges.Select(r => (r.Start, r.End)));
        var closed = current[stream].Where(range => request.SealedSegments.Contains(range.Segment.Id)).ToList();
        foreach (var former in closed) Find(former.Segment.Name)!.Seal(made.Where(next => next.Overlaps(former.Low, former.High)));
        current[stream] = [.. current[stream].Except(closed), .. made];
        var reply = new ScaleResponse { Epoch = epoch };
        reply.Segments.AddRange(made.Select(ToMessage));
        return reply;
    }

    private SuccessorResponse Followers(SegmentId id)
    {
        var reply = new SuccessorResponse();
        foreach (var next in Find(new StreamSegment(StreamOf(id.StreamInfo), id.SegmentId_).Name)!.Followers)
        {
            var entry = new SuccessorResponse.Types.SegmentEntry { Segment = ToMessage(next) };
            entry.Value.AddRange(segments.Values.Where(s => s.Followers.Contains(next)).Select(s => s.Range.Segment.Id));
            reply.Segments.Add(entry);
        }
        return reply;
    }
}
