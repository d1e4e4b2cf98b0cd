namespace Weir.Archive;

/// <summary>A message on its way into an exchange. Its memory is read before the call that takes it returns.</summary>
/// <param name="Topic">The topic in UTF-8: 1 to 65,535 bytes.</param>
/// <param name="Payload">What it says.</param>
/// <param name="Qos">The quality of service it was published with: 0, 1 or 2.</param>
/// <param name="Retain">Whether it was published as retained.</param>
/// <param name="ReceivedMicros">
/// When it came in, in microseconds since 1970-01-01 UTC. 0 means now; a time that is yet to come counts as now.
/// </param>
/// <param name="Properties">Whatever else belongs to it, in the publisher's own encoding; kept and given back as it is.</param>
/// <param name="MayBeKept">
/// True for a message that may be kept already, from before a crash: it is kept only where no message of the same topic,
/// time of receipt and payload is. Whoever gives it sees to it that the time is of this message alone.
/// </param>
public readonly record struct InboundMessage(
    ReadOnlyMemory<byte> Topic, ReadOnlyMemory<byte> Payload, byte Qos = 0, bool Retain = false,
    long ReceivedMicros = 0, ReadOnlyMemory<byte> Properties = default, bool MayBeKept = false);

/// <summary>A message as the archive has it.</summary>
/// <param name="Key">Its key within the exchange.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Payload">What it says.</param>
/// <param name="Qos">The quality of service it was published with.</param>
/// <param name="Retain">Whether it was published as retained.</param>
/// <param name="ReceivedMicros">
/// When it came in, in microseconds since 1970-01-01 UTC; earlier than the key's time where others overtook it.
/// </param>
/// <param name="Properties">Whatever else belongs to it, as it was given.</param>
public sealed record ArchivedMessage(
    MessageKey Key, string Topic, ReadOnlyMemory<byte> Payload, byte Qos, bool Retain, long ReceivedMicros,
    ReadOnlyMemory<byte> Properties)
{
    /// <summary>The values of <see cref="MessagePage.Columns"/>; empty where there are none.</summary>
    public IReadOnlyList<object?> Values { get; init; } = [];
}
