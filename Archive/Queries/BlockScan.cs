namespace Weir.Archive;

/// <summary>Asks blocks of messages in memory.</summary>
internal static class BlockScan
{
    /// <summary>Adds the messages of a block in the window to a page.</summary>
    /// <returns>False when the page is full.</returns>
    public static bool Read(in RingBlock block, KeyWindow window, PageBuilder page)
    {
        if (block.Last < window.First || block.First > window.Last) return true;
        var messages = new MessageBlockReader(block.Bytes.Span);
        while (messages.Read())
        {
            if (!window.Has(messages.Key) || window.Filter?.Matches(messages.Topic) == false) continue;
            if (!Add(messages, page)) return false;
        }
        return true;
    }

    /// <summary>The same, the newest first. A block is written to be read forwards, so it is gone through twice.</summary>
    public static bool ReadBackwards(in RingBlock block, KeyWindow window, PageBuilder page)
    {
        if (block.Last < window.First || block.First > window.Last) return true;
        Stack<MessageBlockReader.Place> places = new();
        var messages = new MessageBlockReader(block.Bytes.Span);
        for (var place = messages.Here; messages.Read(); place = messages.Here)
        {
            if (window.Has(messages.Key) && window.Filter?.Matches(messages.Topic) != false) places.Push(place);
        }
        while (places.TryPop(out var place))
        {
            messages.GoTo(place);
            messages.Read();
            if (!Add(messages, page)) return false;
        }
        return true;
    }

    /// <summary>Counts the messages of a block in the window.</summary>
    public static long Count(in RingBlock block, KeyWindow window)
    {
        if (block.Last < window.First || block.First > window.Last) return 0;
        if (window.HasAll(block.First, block.Last)) return block.Messages;
        var count = 0L;
        var messages = new MessageBlockReader(block.Bytes.Span);
        while (messages.Read())
        {
            if (window.Has(messages.Key) && window.Filter?.Matches(messages.Topic) != false) count++;
        }
        return count;
    }

    /// <summary>The first messages after a key, copied.</summary>
    public static List<PayloadSample> Samples(IEnumerable<RingBlock> blocks, MessageKey after)
    {
        List<PayloadSample> samples = [];
        foreach (var block in blocks)
        {
            var messages = new MessageBlockReader(block.Bytes.Span);
            while (samples.Count < SchemaInference.MaxSamples && messages.Read())
            {
                if (messages.Key > after) samples.Add(new PayloadSample(messages.Topic.ToArray(), messages.Payload.ToArray()));
            }
            if (samples.Count == SchemaInference.MaxSamples) break;
        }
        return samples;
    }

    private static bool Add(in MessageBlockReader messages, PageBuilder page) => page.TryAdd(
        messages.Key, messages.Topic, messages.Payload, messages.Qos, messages.Retain, messages.ReceivedMicros, messages.Properties);
}
