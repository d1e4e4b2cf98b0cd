using System.Numerics;

namespace Weir.Mqtt;

/// <summary>
/// The messages of QoS 1 and 2 that one client has been sent and has not finished, in the order of sending. Packet
/// identifiers are given in turn, so that an acknowledgement is found by arithmetic. Not thread-safe: the session's
/// lock guards it.
/// </summary>
internal sealed class InflightWindow
{
    private const int Identifiers = ushort.MaxValue;

    private OutboundPublish[] ring = [];
    private long head;
    private long tail;
    private long unsent;
    private int sent;
    private int window;

    public int Count => (int)(tail - head);

    /// <summary>Whether another new message may be sent.</summary>
    public bool HasRoom => sent < window && unsent == tail && tail - head < Identifiers;

    /// <summary>A new connection: all that is not finished is to be sent again, at most <paramref name="size"/> at a time.</summary>
    public void Open(int size)
    {
        window = size;
        sent = 0;
        unsent = head;
    }

    /// <summary>Gives the next message that the former connection left unfinished.</summary>
    public bool TryResend(out OutboundPublish message)
    {
        while (unsent < tail && sent < window)
        {
            ref var next = ref At(unsent++);
            if (next.State == DeliveryState.Done) continue;
            next.Duplicate = true;
            sent++;
            message = next;
            return true;
        }
        message = default;
        return false;
    }

    /// <summary>Takes a message in and gives it its packet identifier. There must be room.</summary>
    public void Add(ref OutboundPublish message)
    {
        message.PacketIdentifier = (ushort)(tail % Identifiers + 1);
        Append(message);
        unsent = tail;
        sent++;
    }

    /// <summary>PUBACK, or PUBREC that refuses: the message is finished.</summary>
    /// <param name="identifier">Its packet identifier.</param>
    /// <param name="qos">The QoS that the answer belongs to.</param>
    /// <param name="number">Its number in the journal; 0 where it is not kept.</param>
    /// <returns>False where no such message is on its way.</returns>
    public bool Acknowledge(ushort identifier, QualityOfService qos, out long number)
    {
        number = 0;
        if (!TryFind(identifier, out var at)) return false;
        ref var message = ref At(at);
        if (message.QoS != qos || message.State != DeliveryState.Open) return false;
        number = message.Number;
        Finish(at);
        return true;
    }

    /// <summary>PUBREC: the message has arrived; from now on PUBREL is what is repeated.</summary>
    public bool Receive(ushort identifier, out long number)
    {
        number = 0;
        if (!TryFind(identifier, out var at)) return false;
        ref var message = ref At(at);
        if (message.QoS != QualityOfService.ExactlyOnce || message.State == DeliveryState.Done) return false;
        number = message.Number;
        message.State = DeliveryState.Released;
        message.Bytes = [];
        message.Start = message.Length = 0;
        return true;
    }

    /// <summary>PUBCOMP: the message is finished.</summary>
    public bool Complete(ushort identifier, out long number)
    {
        number = 0;
        if (!TryFind(identifier, out var at) || At(at).State != DeliveryState.Released) return false;
        number = At(at).Number;
        Finish(at);
        return true;
    }

    /// <summary>The unfinished messages, in the order of sending.</summary>
    public IEnumerable<OutboundPublish> Unfinished()
    {
        for (var at = head; at < tail; at++)
        {
            if (At(at).State != DeliveryState.Done) yield return At(at);
        }
    }

    /// <summary>Takes in a message that a former broker had sent under its identifier; in the order of sending.</summary>
    public void Restore(OutboundPublish message)
    {
        if (tail == head) head = tail = message.PacketIdentifier - 1;
        while (tail % Identifiers + 1 != message.PacketIdentifier) Append(new OutboundPublish { State = DeliveryState.Done });
        Append(message);
    }

    public void DetachAll()
    {
        for (var at = head; at < tail; at++)
        {
            if (At(at).State == DeliveryState.Open) At(at).Detach();
        }
    }

    private void Append(in OutboundPublish message)
    {
        if (tail - head == ring.Length) Resize();
        At(tail++) = message;
    }

    private bool TryFind(ushort identifier, out long at)
    {
        var distance = (identifier - 1 - head % Identifiers + Identifiers) % Identifiers;
        at = head + distance;
        return identifier != 0 && at < tail;
    }

    private void Finish(long at)
    {
        ref var message = ref At(at);
        message = default;
        message.State = DeliveryState.Done;
        if (at < unsent) sent--;
        while (head < tail && At(head).State == DeliveryState.Done) At(head++) = default;
        if (unsent < head) unsent = head;
    }

    private ref OutboundPublish At(long sequence) => ref ring[sequence & ring.Length - 1];

    private void Resize()
    {
        var larger = new OutboundPublish[Math.Min(1 << 16, Math.Max(16, (int)BitOperations.RoundUpToPowerOf2((uint)Count + 1)))];
        for (var at = head; at < tail; at++) larger[at & larger.Length - 1] = At(at);
        ring = larger;
    }
}
