using System.Text;

namespace Weir.Archive;

/// <summary>Collects the messages of a page until it is full.</summary>
internal sealed class PageBuilder(int limit, long maxBytes)
{
    private readonly List<ArchivedMessage> messages = [];
    private long bytes;
    private string topic = "";
    private byte[] topicBytes = [];

    /// <summary>Whether there is a message that does not fit any more.</summary>
    public bool IsFull { get; private set; }

    /// <summary>How many more rows to ask for: one beyond the page tells whether there is a next.</summary>
    public int Wanted => limit - messages.Count + 1;

    public IReadOnlyList<ArchivedMessage> Messages => messages;

    /// <summary>The messages with their typed values.</summary>
    public IReadOnlyList<ArchivedMessage> WithValues(ResolvedSchema? schema)
    {
        if (schema is null) return messages;
        var values = new PayloadValues(schema);
        return [.. messages.Select(message => message with { Values = values.Of(message) })];
    }

    public MessageKey? Last => messages.Count == 0 ? null : messages[^1].Key;

    /// <returns>False when the page is full, and the message not in it.</returns>
    public bool TryAdd(
        MessageKey key, ReadOnlySpan<byte> topicText, ReadOnlySpan<byte> payload, byte qos, bool retain, long received,
        ReadOnlySpan<byte> properties)
    {
        var size = topicText.Length + payload.Length + properties.Length;
        if (messages.Count == limit || (messages.Count > 0 && bytes + size > maxBytes))
        {
            IsFull = true;
            return false;
        }
        bytes += size;
        messages.Add(new ArchivedMessage(key, Topic(topicText), payload.ToArray(), qos, retain, received, properties.ToArray()));
        return true;
    }

    // Neighbours often share their topic, and then its string too.
    private string Topic(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual(topicBytes)) return topic;
        topicBytes = text.ToArray();
        return topic = Encoding.UTF8.GetString(text);
    }
}
