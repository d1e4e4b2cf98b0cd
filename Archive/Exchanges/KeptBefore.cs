using System.Text;

namespace Weir.Archive;

/// <summary>
/// Takes out of a batch what the exchange has kept before a crash, so that a message that is sent again is not kept twice.
/// </summary>
internal static class KeptBefore
{
    /// <summary>A key may be later than the receipt of its message, but none is later than the clock by so much.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private const int PageSize = 10_000;

    /// <summary>Whether any message of the batch may be kept already.</summary>
    public static bool Any(ReadOnlySpan<InboundMessage> messages)
    {
        foreach (ref readonly var message in messages)
        {
            if (message.MayBeKept) return true;
        }
        return false;
    }

    /// <summary>Copies a batch, for a caller that may use its memory again.</summary>
    public static InboundMessage[] Copy(ReadOnlySpan<InboundMessage> messages)
    {
        var copies = messages.ToArray();
        for (var i = 0; i < copies.Length; i++)
        {
            copies[i] = copies[i] with
            {
                Topic = copies[i].Topic.ToArray(), Payload = copies[i].Payload.ToArray(), Properties = copies[i].Properties.ToArray(),
            };
        }
        return copies;
    }

    /// <summary>The messages that are not kept yet, in their order.</summary>
    public static async ValueTask<InboundMessage[]> WithoutAsync(
        InboundMessage[] messages, ExchangeQueries queries, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wanted = new Dictionary<(long Received, string Topic), int>();
        for (var i = 0; i < messages.Length; i++)
        {
            if (messages[i].MayBeKept) wanted[(messages[i].ReceivedMicros, Encoding.UTF8.GetString(messages[i].Topic.Span))] = i;
        }
        var topics = wanted.Keys.Select(key => key.Topic).Distinct().ToList();
        var query = new MessageQuery(wanted.Keys.Min(key => key.Received), (now + Ahead - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
        {
            TopicFilter = topics is [var only] && !only.StartsWith('$') ? only : null, Limit = PageSize,
        };

        var kept = new HashSet<int>();
        do
        {
            var page = await queries.PageAsync(query, cancellationToken);
            foreach (var message in page.Messages)
            {
                if (wanted.TryGetValue((message.ReceivedMicros, message.Topic), out var at)
                    && message.Payload.Span.SequenceEqual(messages[at].Payload.Span))
                {
                    kept.Add(at);
                }
            }
            query = query with { After = page.Next };
        }
        while (query.After is not null && kept.Count < wanted.Count);
        return [.. messages.Where((_, i) => !kept.Contains(i))];
    }
}
