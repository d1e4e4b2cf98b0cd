namespace Weir.Mqtt;

/// <summary>
/// The topic aliases that the broker has set on one connection (section 3.3.2.3.4). The first topics get one and keep
/// it. Not thread-safe: the connection's writer has it to itself.
/// </summary>
internal sealed class OutboundAliases(int maximum)
{
    /// <summary>An alias costs three bytes; a topic must be longer to gain by it.</summary>
    private const int ShortestTopic = 4;

    private readonly Dictionary<byte[], ushort> aliases = new(Utf8Comparer.Instance);

    /// <summary>The alias for a topic; 0 for none.</summary>
    /// <param name="topic">The topic's bytes.</param>
    /// <param name="isSet">Whether the client knows it already, so that the topic itself can be left out.</param>
    public ushort Find(ReadOnlySpan<byte> topic, out bool isSet)
    {
        isSet = false;
        if (topic.Length < ShortestTopic) return 0;
        isSet = aliases.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(topic, out var alias);
        return isSet ? alias : aliases.Count < maximum ? (ushort)(aliases.Count + 1) : (ushort)0;
    }

    /// <summary>The packet that sets the alias is being sent.</summary>
    public void Set(ReadOnlySpan<byte> topic, ushort alias) => aliases[topic.ToArray()] = alias;
}
