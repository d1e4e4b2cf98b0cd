namespace Weir.Mqtt;

/// <summary>
/// The packet identifiers of QoS 2 messages that a client has sent and not released: how a repeat is told from a new
/// message (section 4.3.3). Thread-safe.
/// </summary>
internal sealed class InboundExactlyOnce
{
    private readonly Dictionary<ushort, Stage> stages = [];
    private readonly Dictionary<ushort, long> handedOver = [];
    private readonly Dictionary<ushort, long> doubtful = [];

    public enum Stage
    {
        /// <summary>Not seen before.</summary>
        New,
        /// <summary>Its acceptance is still awaited.</summary>
        Awaited,
        /// <summary>It is with its receivers, but the journal may not have it yet.</summary>
        Delivered,
        /// <summary>It is accepted: PUBREC may be sent.</summary>
        Accepted,
    }

    /// <summary>A message has come; gives how far one of this identifier had got before.</summary>
    public Stage Begin(ushort identifier)
    {
        lock (stages) return stages.TryAdd(identifier, Stage.Awaited) ? Stage.New : stages[identifier];
    }

    /// <summary>
    /// A new message is about to be handed over to who keeps it: gives the time by which it will be known there. It is
    /// the one that a former broker gave it, where that may have handed it over already.
    /// </summary>
    /// <param name="identifier">The packet identifier.</param>
    /// <param name="times">Gives times that no other message of QoS 2 has.</param>
    /// <param name="mayBeKept">Whether a former broker may have handed it over.</param>
    public long HandOver(ushort identifier, UniqueTimes times, out bool mayBeKept)
    {
        lock (stages)
        {
            mayBeKept = doubtful.Remove(identifier, out var time);
            if (!mayBeKept) time = times.Next();
            handedOver[identifier] = time;
            return time;
        }
    }

    /// <summary>The messages that are being handed over, or may have been, and their times.</summary>
    public List<KeyValuePair<ushort, long>> HandedOver()
    {
        lock (stages) return [.. handedOver, .. doubtful];
    }

    /// <summary>A former broker was handing a message over, or had done so.</summary>
    public void RestoreHandedOver(ushort identifier, long time)
    {
        lock (stages) doubtful[identifier] = time;
    }

    public void Deliver(ushort identifier) => Advance(identifier, Stage.Delivered);

    public void Accept(ushort identifier) => Advance(identifier, Stage.Accepted);

    /// <summary>PUBREL has come, or the message was refused. False when the identifier was not in use.</summary>
    public bool Release(ushort identifier)
    {
        lock (stages)
        {
            handedOver.Remove(identifier);
            return stages.Remove(identifier);
        }
    }

    /// <summary>The identifiers whose messages are with their receivers.</summary>
    public List<ushort> Delivered()
    {
        lock (stages) return [.. stages.Where(s => s.Value >= Stage.Delivered).Select(s => s.Key)];
    }

    /// <summary>A message of a former connection to a former broker was accepted and not released.</summary>
    public void Restore(ushort identifier)
    {
        lock (stages) stages[identifier] = Stage.Accepted;
    }

    private void Advance(ushort identifier, Stage stage)
    {
        lock (stages)
        {
            if (stages.ContainsKey(identifier)) stages[identifier] = stage;
            handedOver.Remove(identifier);
        }
    }
}
