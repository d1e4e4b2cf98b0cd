using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace Weir.Mqtt;

/// <summary>
/// A client's messages of QoS 1 and 2 that are not finished, and behind them those that wait for room, in order. Packet
/// identifiers are 1 to the capacity; each is a place that is reused, with the bytes to send again. Thread-safe.
/// </summary>
internal sealed class PublishWindow
{
    private readonly Lock gate = new();
    private readonly Place[] places;
    private readonly Stack<ushort> free;
    private readonly Queue<(OutgoingPublish Message, Acknowledgement Acknowledgement)> backlog = new();
    private readonly Queue<ushort> unsent = new();
    private readonly ConcurrentBag<Acknowledgement> spare = [];
    private readonly bool keepsPackets;
    private ClientLink? link;
    private MqttException? ended;
    private int limit;
    private int sent;
    private long order;

    /// <param name="capacity">The most on their way at one time.</param>
    /// <param name="keepsPackets">Whether packets are kept to be sent again on another link.</param>
    public PublishWindow(int capacity, bool keepsPackets)
    {
        this.keepsPackets = keepsPackets;
        limit = capacity;
        places = new Place[capacity];
        for (var i = 0; i < capacity; i++) places[i] = new Place();
        free = new Stack<ushort>(Enumerable.Range(1, capacity).Reverse().Select(id => (ushort)id));
    }

    public int Capacity => places.Length;

    /// <summary>Sends a message, now or when those before it have made room.</summary>
    public ValueTask<ReasonCode> Publish(in OutgoingPublish message)
    {
        var acknowledgement = spare.TryTake(out var used) ? used : new Acknowledgement(spare);
        var finished = acknowledgement.Task;
        lock (gate)
        {
            if (ended is not null) acknowledgement.Fail(ended);
            else if (HasRoom && free.Count > 0 && unsent.Count == 0 && backlog.Count == 0) Start(message, acknowledgement);
            else backlog.Enqueue((message, acknowledgement));
        }
        return finished;
    }

    /// <summary>
    /// Goes on with another link: sends again what is unfinished, then what waits, in their order and no more at one time
    /// than this broker takes (MQTT-3.3.4-7).
    /// </summary>
    public void Attach(ClientLink next, int receiveMaximum)
    {
        lock (gate)
        {
            link = next;
            limit = Math.Min(Capacity, receiveMaximum);
            sent = 0;
            unsent.Clear();
            foreach (var (place, identifier) in Unfinished())
            {
                place.IsSent = false;
                if (place.Awaits != PacketType.Pubcomp)
                {
                    unsent.Enqueue(identifier);
                    continue;
                }
                next.Send(new AcknowledgePacket(PacketType.Pubrel, identifier, ReasonCode.Success));
                Sent(place);
            }
            SendWaiting();
        }
    }

    /// <summary>PUBACK, PUBREC or PUBCOMP has come.</summary>
    public void Receive(ClientLink from, in AcknowledgePacket answer)
    {
        Acknowledgement finished;
        ReasonCode reason;
        lock (gate)
        {
            if (answer.PacketIdentifier > places.Length) return;
            var place = places[answer.PacketIdentifier - 1];
            if (place.Awaits != answer.Type) return;
            if (answer.Type == PacketType.Pubrec && answer.Reason < ReasonCode.UnspecifiedError)
            {
                place.Awaits = PacketType.Pubcomp;
                place.Taken = answer.Reason;
                from.Send(new AcknowledgePacket(PacketType.Pubrel, answer.PacketIdentifier, ReasonCode.Success));
                return;
            }
            // The message was taken with PUBREC. That PUBCOMP does not know it is no error: the PUBREL was one sent again
            // (MQTT 5, 3.6.2.1 and 3.7.2.1).
            reason = answer.Type == PacketType.Pubcomp ? place.Taken : answer.Reason;
            finished = Free(place, answer.PacketIdentifier);
            SendWaiting();
        }
        finished.Set(reason);
    }

    /// <summary>Lets all fail that are not finished, and all that come.</summary>
    public void End(MqttException fault)
    {
        var failed = new List<Acknowledgement>();
        lock (gate)
        {
            ended = fault;
            foreach (var (place, identifier) in Unfinished()) failed.Add(Free(place, identifier));
            while (backlog.TryDequeue(out var waiting)) failed.Add(waiting.Acknowledgement);
        }
        foreach (var acknowledgement in failed) acknowledgement.Fail(fault);
    }

    private bool HasRoom => sent < limit;

    private void SendWaiting()
    {
        while (HasRoom && unsent.TryDequeue(out var identifier))
        {
            var place = places[identifier - 1];
            // A broker may have answered what this link has not sent.
            if (place.Awaits is not (PacketType.Puback or PacketType.Pubrec)) continue;
            link!.Send(new RepeatedPublish(place.Packet));
            Sent(place);
        }
        while (HasRoom && unsent.Count == 0 && free.Count > 0 && backlog.TryDequeue(out var next)) Start(next.Message, next.Acknowledgement);
    }

    private void Sent(Place place)
    {
        place.IsSent = true;
        sent++;
    }

    private void Start(in OutgoingPublish message, Acknowledgement acknowledgement)
    {
        var identifier = free.Pop();
        var place = places[identifier - 1];
        place.Awaits = message.QoS == QualityOfService.AtLeastOnce ? PacketType.Puback : PacketType.Pubrec;
        place.Order = ++order;
        place.Acknowledgement = acknowledgement;
        var numbered = message with { Identifier = identifier };
        if (keepsPackets)
        {
            place.Packet.Clear();
            numbered.Write(place.Packet, link!.Version);
        }
        link!.Send(numbered);
        Sent(place);
    }

    private List<(Place Place, ushort Identifier)> Unfinished() =>
        [.. places.Select((place, i) => (Place: place, Identifier: (ushort)(i + 1)))
            .Where(p => p.Place.Awaits != PacketType.Reserved)
            .OrderBy(p => p.Place.Order)];

    private Acknowledgement Free(Place place, ushort identifier)
    {
        if (place.IsSent) sent--;
        place.IsSent = false;
        place.Awaits = PacketType.Reserved;
        free.Push(identifier);
        return place.Acknowledgement!;
    }

    private sealed class Place
    {
        public PacketType Awaits { get; set; }

        public long Order { get; set; }

        /// <summary>What PUBREC said, once it has come.</summary>
        public ReasonCode Taken { get; set; }

        /// <summary>Whether it has been sent on the link at hand.</summary>
        public bool IsSent { get; set; }

        public Acknowledgement? Acknowledgement { get; set; }

        public PacketBuffer Packet { get; } = new(0);
    }

    /// <summary>What a publisher awaits; it goes back to the spare ones when its result has been taken.</summary>
    private sealed class Acknowledgement(ConcurrentBag<Acknowledgement> spare) : IValueTaskSource<ReasonCode>
    {
        private ManualResetValueTaskSourceCore<ReasonCode> source = new() { RunContinuationsAsynchronously = true };

        public ValueTask<ReasonCode> Task => new(this, source.Version);

        public void Set(ReasonCode reason) => source.SetResult(reason);

        public void Fail(Exception fault) => source.SetException(fault);

        public ReasonCode GetResult(short token)
        {
            try
            {
                return source.GetResult(token);
            }
            finally
            {
                source.Reset();
                spare.Add(this);
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            source.OnCompleted(continuation, state, token, flags);
    }
}
