namespace Weir.Mqtt;

/// <summary>Why a message did not get where it was to go.</summary>
internal enum DropCause
{
    QueueFull,
    Expired,
    PacketTooLarge,
    SessionEnded,
    Rejected,
    HandlerFailed,
    RetainedFull,
    NotAuthorized,
}

/// <summary>Messages dropped, by cause. Thread-safe. Made small: every session has one, and most drop nothing.</summary>
internal sealed class DropCounts
{
    public static readonly DropCause[] Causes = Enum.GetValues<DropCause>();

    private long[]? counts;

    public void Add(DropCause cause, int messages)
    {
        if (messages <= 0) return;
        var here = counts ?? Interlocked.CompareExchange(ref counts, new long[Causes.Length], null) ?? counts;
        Interlocked.Add(ref here[(int)cause], messages);
    }

    public long Of(DropCause cause) => counts is { } here ? Volatile.Read(ref here[(int)cause]) : 0;

    public DroppedMessages Read() => new(
        Of(DropCause.QueueFull), Of(DropCause.Expired), Of(DropCause.PacketTooLarge), Of(DropCause.SessionEnded),
        Of(DropCause.Rejected), Of(DropCause.HandlerFailed), Of(DropCause.RetainedFull), Of(DropCause.NotAuthorized));
}
