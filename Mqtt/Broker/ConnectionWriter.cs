using System.IO.Pipelines;
using System.Text;

namespace Weir.Mqtt;

/// <summary>
/// The one who writes to a connection: answers first, then messages, as much at once as there is. Others leave their
/// packets here or in the session's queue and give a signal; batches grow by themselves while a write is under way.
/// </summary>
internal sealed class ConnectionWriter(PipeWriter output, BrokerCounters counters, BrokerClock clock, BrokerJournal? journal)
{
    private const int MessagesAtOnce = 256;
    private const int BytesAtOnce = 256 * 1024;

    /// <summary>With more answers than this unsent, the connection is not read: it does not read us either.</summary>
    private const int AnswersUnsent = 256 * 1024;

    /// <summary>Messages from this size on are not copied, but sent from where they lie.</summary>
    private const int SharedFrom = 8 * 1024;

    /// <summary>What a thread writes that has other things to do; then the thread pool goes on.</summary>
    private const int WritesOfGuest = 2;

    [ThreadStatic]
    private static OutboundPublish[]? taken;

    private readonly AutoResetSignal ready = new();
    /// <summary>What is to be sent before messages. It is its own lock: there is one for every connection.</summary>
    private readonly PacketBuffer answers = new();
    private readonly SocketWriter? socket = output as SocketWriter;
    private AutoResetSignal? drained;
    private volatile bool closing;
    private volatile bool isGuest;
    private volatile Session? session;
    private long messagesSent;
    private int maximumPacketSize;
    private bool explains = true;
    private OutboundAliases? aliases;

    public MqttVersion Version { get; private set; } = MqttVersion.V311;

    public long MessagesSent => Volatile.Read(ref messagesSent);

    public bool IsBehind => answers.Length > AnswersUnsent && !closing;

    /// <summary>From here on packets are written as this client takes them.</summary>
    /// <param name="version">The version it speaks.</param>
    /// <param name="maximumSize">The largest packet it takes; 0 for any.</param>
    /// <param name="wantsReasons">Whether reason strings may come with answers (request problem information).</param>
    /// <param name="topicAliases">The topic aliases that may be set towards it.</param>
    public void Use(MqttVersion version, int maximumSize, bool wantsReasons = true, int topicAliases = 0)
    {
        Version = version;
        maximumPacketSize = maximumSize;
        explains = wantsReasons && version == MqttVersion.V5;
        aliases = topicAliases > 0 ? new OutboundAliases(topicAliases) : null;
    }

    /// <summary>From here on the session's messages are written, after what is in the buffer.</summary>
    public void Attach(Session attached)
    {
        session = attached;
        Signal();
    }

    /// <summary>There is something to write: at once, or when the thread has dealt with what it is at.</summary>
    public void Signal()
    {
        if (!WakeList.TryAdd(this)) Wake(here: false);
    }

    /// <param name="here">Whether this thread does the writing, as far as it need not wait, and is done soon.</param>
    public void Wake(bool here)
    {
        if (here) isGuest = true;
        ready.Set(here);
    }

    /// <summary>Waits while the client does not take its answers.</summary>
    public async ValueTask WaitUntilDrainedAsync()
    {
        while (true)
        {
            lock (answers)
            {
                if (!IsBehind) return;
                drained ??= new AutoResetSignal();
            }
            await drained.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether the client has said that it does not take packets of this size.</summary>
    public bool IsTooLarge(in OutboundPublish message, long now) =>
        maximumPacketSize > 0 && new PublishEncoder(in message, Version, now).Size > maximumPacketSize;

    /// <summary>A reason string where the client takes it with an answer; null where it must be left out (MQTT-3.4.2-2 and others).</summary>
    /// <param name="why">The text; null for none.</param>
    /// <param name="size">The size of the packet without it.</param>
    public string? Reason(string? why, int size) => explains ? Fitting(why, size) : null;

    /// <summary>A reason string where it does not make a packet larger than the client takes.</summary>
    public string? Fitting(string? why, int size)
    {
        // Room for the property around the text, and a longer length before it.
        return why is null || maximumPacketSize == 0 || Encoding.UTF8.GetByteCount(why) + 8 + size <= maximumPacketSize ? why : null;
    }

    public void Send<T>(in T packet) where T : IOutboundPacket
    {
        lock (answers)
        {
            if (closing) return;
            packet.Write(answers, Version);
        }
        Signal();
    }

    /// <summary>PUBACK and PUBREC for the messages of a batch, in their order.</summary>
    public void SendAcknowledgements(PublishBatch batch)
    {
        lock (answers)
        {
            if (closing) return;
            var messages = batch.Messages;
            for (var i = 0; i < messages.Length; i++)
            {
                var id = messages[i].PacketIdentifier;
                if (id == 0) continue;
                var type = messages[i].QoS == QualityOfService.AtLeastOnce ? PacketType.Puback : PacketType.Pubrec;
                var reason = batch.ReasonOf(i);
                var why = reason < ReasonCode.UnspecifiedError ? null : Reason(ReasonText.Of(reason), AcknowledgePacket.ShortSize + 1);
                new AcknowledgePacket(type, id, reason, why).Write(answers, Version);
            }
        }
        Signal();
    }

    /// <summary>Ends the writing after what is in the buffer now; messages that wait stay in the session.</summary>
    public void Close()
    {
        AutoResetSignal? waiting;
        lock (answers)
        {
            closing = true;
            waiting = drained;
        }
        Signal();
        waiting?.Set();
    }

    public async Task RunAsync()
    {
        try
        {
            for (var writes = 0; ;)
            {
                var ends = closing;
                var wrote = WriteAnswers();
                if (!ends)
                {
                    var count = TakeMessages(out var keptFirst);
                    if (count > 0)
                    {
                        if (keptFirst == 0 || journal!.IsKept(keptFirst)) Encode(taken.AsSpan(0, count));
                        else await EncodeWhenKeptAsync(count, keptFirst).ConfigureAwait(false);
                        wrote = true;
                    }
                }
                if (wrote)
                {
                    var flush = await output.FlushAsync().ConfigureAwait(false);
                    if (flush.IsCompleted || flush.IsCanceled) return;
                    if (++writes < WritesOfGuest || !isGuest) continue;
                    isGuest = false;
                    await Task.Yield();
                }
                else if (ends)
                {
                    return;
                }
                else
                {
                    isGuest = false;
                    writes = 0;
                    await ready.WaitAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Close();
        }
    }

    private bool WriteAnswers()
    {
        AutoResetSignal? waiting;
        int size;
        lock (answers)
        {
            size = answers.Length;
            if (size == 0) return false;
            answers.Written.CopyTo(output.GetSpan(size));
            answers.Clear();
            waiting = drained;
        }
        output.Advance(size);
        counters.Send(0, size);
        waiting?.Set();
        return true;
    }

    private int TakeMessages(out long keptFirst)
    {
        keptFirst = 0;
        if (session is not { } from) return 0;
        return from.Take(this, taken ??= new OutboundPublish[MessagesAtOnce], BytesAtOnce, clock.Milliseconds, out keptFirst);
    }

    /// <summary>Another connection's writer may use this thread while the journal is awaited: the messages go elsewhere.</summary>
    private async ValueTask EncodeWhenKeptAsync(int count, long keptFirst)
    {
        var messages = taken.AsSpan(0, count).ToArray();
        taken.AsSpan(0, count).Clear();
        await journal!.WaitAsync(keptFirst).ConfigureAwait(false);
        Encode(messages);
    }

    private void Encode(Span<OutboundPublish> messages)
    {
        var now = clock.Milliseconds;
        var count = messages.Length;
        long bytes = 0;
        var released = 0;
        var room = output.GetSpan(socket is null ? 0 : RoomFor(messages));
        var used = 0;
        for (var i = 0; i < count; i++)
        {
            var encoder = new PublishEncoder(ref messages[i], Version, now, aliases, maximumPacketSize);
            var shares = socket is not null && messages[i].Length >= SharedFrom;
            var size = shares ? encoder.HeadSize : encoder.Size;
            if (room.Length - used < size)
            {
                output.Advance(used);
                room = output.GetSpan(size);
                used = 0;
            }
            if (shares)
            {
                encoder.WriteHead(room[used..]);
                output.Advance(used + size);
                socket!.Share(encoder.Payload);
                room = output.GetSpan();
                used = 0;
            }
            else
            {
                encoder.Write(room[used..]);
                used += size;
            }
            bytes += encoder.Size;
            if (messages[i].State == DeliveryState.Released) released++;
        }
        output.Advance(used);
        messages.Clear();
        messagesSent += count - released;
        counters.Send(count - released, bytes);
    }

    /// <summary>What all of them need that are copied: mostly enough, so that they lie in one piece.</summary>
    private static int RoomFor(ReadOnlySpan<OutboundPublish> messages)
    {
        const int beside = 32;
        var size = 0;
        foreach (ref readonly var message in messages) size += beside + (message.Length < SharedFrom ? message.Length : 0);
        return Math.Min(size, BytesAtOnce);
    }
}
