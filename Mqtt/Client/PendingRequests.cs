using System.Collections.Concurrent;

namespace Weir.Mqtt;

/// <summary>
/// A client's SUBSCRIBE and UNSUBSCRIBE packets that are not answered yet. Their identifiers lie above those of messages.
/// </summary>
internal sealed class PendingRequests(int firstIdentifier)
{
    private readonly ConcurrentDictionary<ushort, TaskCompletionSource<IReadOnlyList<ReasonCode>>> waiting = new();
    private int last;

    public ushort NextIdentifier() =>
        (ushort)(firstIdentifier + (uint)Interlocked.Increment(ref last) % (ushort.MaxValue + 1 - firstIdentifier));

    /// <summary>Sends a request and waits for its answer.</summary>
    public async Task<IReadOnlyList<ReasonCode>> SendAsync<T>(ClientLink link, Func<ushort, T> packet, CancellationToken cancellationToken)
        where T : IOutboundPacket
    {
        var answered = new TaskCompletionSource<IReadOnlyList<ReasonCode>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var identifier = NextIdentifier();
        waiting[identifier] = answered;
        if (!link.Send(packet(identifier)))
        {
            answered.TrySetException(new MqttException(ReasonCode.ServerUnavailable, "The connection was lost."));
        }
        try
        {
            return await answered.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            waiting.TryRemove(identifier, out _);
        }
    }

    /// <summary>SUBACK or UNSUBACK has come; UNSUBACK of MQTT 3.1.1 says nothing, which is success.</summary>
    public void Receive(SubackPacket answer)
    {
        if (waiting.TryRemove(answer.PacketIdentifier, out var request))
        {
            request.TrySetResult(answer.Reasons.Count > 0 ? answer.Reasons : [ReasonCode.Success]);
        }
    }

    public void Fail(MqttException cause)
    {
        foreach (var (identifier, _) in waiting)
        {
            if (waiting.TryRemove(identifier, out var request)) request.TrySetException(cause);
        }
    }
}
