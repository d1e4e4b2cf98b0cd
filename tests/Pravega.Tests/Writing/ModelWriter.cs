using System.Buffers.Binary;
using Weir.Pravega.Writing;

namespace Weir.Pravega.Tests.Writing;

/// <summary>The writer's state machines on a model stream, with connections whose two directions can be held up and lost.</summary>
internal sealed class ModelWriter : IAppendReceiver
{
    public const int Keys = 7;

    private static readonly EventWriterOptions Options = new()
    {
        BlocksInFlight = 4, BytesInFlight = 64 << 10, BlockBytes = 1 << 10, WriterBytesInFlight = 2 << 10,
    };

    private readonly ModelStream stream;
    private readonly Guid id = Guid.NewGuid();
    private readonly AppendBlockPool pool = new();
    private readonly WriterLoad load = new();
    private readonly SegmentRouter<Link> router = new();
    private readonly List<Link> links = [];
    private readonly int[] written = new int[Keys];

    public ModelWriter(ModelStream stream)
    {
        this.stream = stream;
        router.Start(stream.Current.Select(range => (range.Low, range.High, Make(range.Segment))).ToList());
    }

    public IReadOnlyList<int> Written => written;

    /// <summary>Numbers of which the writer was told that they are stored.</summary>
    public int Completed { get; private set; }

    public bool IsEmpty => links.TrueForAll(link => link.Queue.IsEmpty);

    public static double PlaceOf(int key) => RoutingKey.Place($"key {key}");

    public void Write(int key)
    {
        Span<byte> payload = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload, key);
        BinaryPrimitives.WriteInt32BigEndian(payload[4..], written[key]++);
        AppendBlock.WriteEvent(router.Route(PlaceOf(key)).Queue.Add(PlaceOf(key), 16, 1, new Told(this)), payload);
    }

    /// <summary>One thing happens on one of the connections.</summary>
    public void Step(int what, int where)
    {
        var link = links[where % links.Count];
        switch (what)
        {
            case 0:
                if (!link.IsConnected) Reconnect(link);
                if (link.Queue.TakeBlock(1) is { } block) link.Going.Enqueue((block.Data.ToArray(), block.LastNumber));
                break;
            case 1:
                Arrive(link);
                break;
            case 2:
                if (link.Coming.TryDequeue(out var acknowledged)) link.Queue.Acknowledge(acknowledged, -1);
                break;
            case 3:
                // The connection is lost; some of what is on its way may still be stored.
                for (var i = where % 3; i > 0; i--) Arrive(link);
                Reconnect(link);
                break;
            case 4:
                if (link.SeesSeal) GoOn(link);
                break;
        }
    }

    /// <summary>Everything that is on its way arrives.</summary>
    public void Drain()
    {
        for (var round = 0; !IsEmpty; round++)
        {
            Assert.True(round < 10_000, "The writer does not come to an end.");
            foreach (var link in links.ToArray()) Hurry(link);
        }
    }

    /// <summary>Everything arrives that goes where a key goes, while the other keys rest.</summary>
    public void Drain(int key)
    {
        while (router.Route(PlaceOf(key)) is { Queue.IsEmpty: false } link) Hurry(link);
    }

    void IAppendReceiver.Take(in AppendUnit unit, ReadOnlySpan<byte> data) =>
        data.CopyTo(router.Route(unit.Place).Queue.Add(unit.Place, unit.Bytes, unit.Events, unit.Completion));

    void IAppendReceiver.TakeMarker(FlushMarker marker) => throw new InvalidOperationException("There are none here.");

    private void Hurry(Link link)
    {
        if (link.SeesSeal)
        {
            GoOn(link);
            return;
        }
        var index = links.IndexOf(link);
        for (var what = 0; what < 3; what++) Step(what, index);
    }

    private void Arrive(Link link)
    {
        if (!link.Going.TryDequeue(out var frame)) return;
        if (frame.LastNumber < stream.LastStored(link.Segment, link.Writer))
        {
            // The store takes no number below the last, and ends the connection.
            Reconnect(link);
            return;
        }
        if (stream.Append(link.Segment, link.Writer, frame.Data, frame.LastNumber)) link.Coming.Enqueue(frame.LastNumber);
        else
        {
            // After an error the store knows nothing of the writer on this connection any more. One that sends nothing does
            // not hear of the seal.
            link.Going.Clear();
            link.SeesSeal = true;
        }
    }

    private void Reconnect(Link link)
    {
        link.Going.Clear();
        link.Coming.Clear();
        link.IsConnected = true;
        link.Queue.Reconnected(stream.LastStored(link.Segment, link.Writer));
    }

    // What the seal has left out is told by a new connection, and goes to those that follow.
    private void GoOn(Link link)
    {
        Reconnect(link);
        var followers = stream.Followers(link.Segment);
        var targets = followers.Select(f => (f.Range.Low, f.Range.High,
            links.Find(other => other.Segment == f.Range.Segment) ?? Make(f.Range.Segment))).ToList();
        router.Replace(link, targets);
        links.Remove(link);
        link.Queue.MoveTo(this);
    }

    private Link Make(StreamSegment segment)
    {
        var link = new Link(segment, WriterIds.Of(id, segment.Id), pool, load);
        links.Add(link);
        return link;
    }

    private sealed class Told(ModelWriter writer) : IAppendCompletion
    {
        private bool isTold;

        public void Stored(in AppendResult result)
        {
            Assert.False(isTold, "An event was told twice.");
            isTold = true;
            writer.Completed++;
        }

        public void Failed(Exception cause) => throw new InvalidOperationException("Nothing fails here.", cause);
    }

    private sealed class Link(StreamSegment segment, Guid writer, AppendBlockPool pool, WriterLoad load)
    {
        public Guid Writer => writer;

        public StreamSegment Segment => segment;

        public AppendQueue Queue { get; } = new(segment, Options, writer, pool, load);

        public bool IsConnected { get; set; }

        public bool SeesSeal { get; set; }

        public Queue<(byte[] Data, long LastNumber)> Going { get; } = new();

        public Queue<long> Coming { get; } = new();
    }
}
