using System.Buffers;

namespace Weir.Mqtt;

/// <summary>Messages of one publisher that came together, in their order. Reused: valid until its handling has ended.</summary>
public sealed class PublishBatch
{
    /// <summary>What one batch holds at most: enough to spread a wake-up over many, small enough to stay in the cache.</summary>
    internal const int MaxMessages = 512;

    private PublishMessage[] messages = new PublishMessage[16];
    private ReasonCode[]? reasons;

    /// <summary>The publisher's client identifier; empty for a message that the broker's own process publishes.</summary>
    public string ClientId { get; private set; } = "";

    /// <summary>How many messages there are; at least one.</summary>
    public int Count { get; private set; }

    /// <summary>The messages.</summary>
    public ReadOnlySpan<PublishMessage> Messages => messages.AsSpan(0, Count);

    /// <summary>
    /// Refuses one message: it goes to no subscriber and is not retained. In MQTT 5 the publisher is told the reason
    /// (QoS 1 and 2); in MQTT 3.1.1, which cannot tell, its connection is closed.
    /// </summary>
    /// <param name="index">Which one.</param>
    /// <param name="reason">0x80 or above, of those that PUBACK allows, for instance <see cref="ReasonCode.QuotaExceeded"/>.</param>
    public void Reject(int index, ReasonCode reason)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        ArgumentOutOfRangeException.ThrowIfLessThan((byte)reason, (byte)ReasonCode.UnspecifiedError, nameof(reason));
        reasons ??= new ReasonCode[messages.Length];
        if (reasons.Length < Count) Array.Resize(ref reasons, messages.Length);
        if (reasons[index] == ReasonCode.Success) Rejected++;
        reasons[index] = reason;
    }

    /// <summary>Writes the messages that were not rejected, for <see cref="IMqttBroker.Relay"/> of another broker.</summary>
    /// <returns>How many there were.</returns>
    public int WriteAccepted(IBufferWriter<byte> target)
    {
        var accepted = 0;
        for (var i = 0; i < Count; i++)
        {
            if (ReasonOf(i) != ReasonCode.Success) continue;
            RelayFormat.Write(target, messages[i]);
            accepted++;
        }
        return accepted;
    }

    /// <summary>How many are rejected.</summary>
    internal int Rejected { get; private set; }

    internal bool HasRejections => Rejected > 0;

    /// <summary>Whether the broker itself refuses all of it, so that the handler never sees it; and why.</summary>
    internal bool IsRefused { get; private set; }

    internal ReasonCode Refusal { get; private set; }

    /// <summary>Messages of QoS 1 and 2.</summary>
    internal int Acknowledgeable { get; private set; }

    internal bool IsFull => Count == MaxMessages;

    /// <summary>Whether it is dealt with by one thread sooner than by several.</summary>
    internal bool IsLittle
    {
        get
        {
            if (!WakeList.IsLittle(Count, 0)) return false;
            long bytes = 0;
            foreach (ref readonly var message in Messages) bytes += message.Length;
            return WakeList.IsLittle(Count, bytes);
        }
    }

    internal ReasonCode ReasonOf(int index) => HasRejections && index < reasons!.Length ? reasons[index] : ReasonCode.Success;

    internal void Begin(string clientId) => ClientId = clientId;

    /// <summary>Whether there are messages of QoS 2 that a client has sent.</summary>
    internal bool HasExactlyOnce { get; private set; }

    /// <summary>Whether the handler may have any of them from before a crash.</summary>
    internal bool MayBeKept { get; private set; }

    internal void Add(in PublishMessage message)
    {
        HasExactlyOnce |= message is { QoS: QualityOfService.ExactlyOnce, PacketIdentifier: not 0 };
        MayBeKept |= message.MayBeKept;
        if (Count == messages.Length) Array.Resize(ref messages, Math.Min(Count * 2, MaxMessages));
        messages[Count++] = message;
        if (message.PacketIdentifier != 0) Acknowledgeable++;
    }

    /// <summary>A batch of what the broker itself refuses.</summary>
    internal void Refuse(ReasonCode reason)
    {
        IsRefused = true;
        Refusal = reason;
    }

    internal void RejectAll(ReasonCode reason)
    {
        for (var i = 0; i < Count; i++) Reject(i, reason);
    }

    internal void Clear()
    {
        Array.Clear(messages, 0, Count);
        if (HasRejections) Array.Clear(reasons!);
        Count = Acknowledgeable = Rejected = 0;
        IsRefused = HasExactlyOnce = MayBeKept = false;
        ClientId = "";
    }
}
