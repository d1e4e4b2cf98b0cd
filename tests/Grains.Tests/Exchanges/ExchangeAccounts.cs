using System.Text;
using Weir.Archive;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>What an exchange says it has and has not.</summary>
internal static class ExchangeAccounts
{
    /// <summary>The payloads of all messages, in key order.</summary>
    public static async Task<List<string>> PayloadsAsync(this Exchange exchange) =>
        [.. (await exchange.MessagesAsync()).Select(message => message.Payload)];

    /// <summary>The keys and payloads of all messages, page by page.</summary>
    public static async Task<List<(MessageKey Key, string Payload)>> MessagesAsync(this Exchange exchange)
    {
        var messages = new List<(MessageKey Key, string Payload)>();
        MessageKey? after = null;
        do
        {
            var page = await exchange.QueryAsync(new MessageQuery(0, long.MaxValue) { Limit = MessageQuery.MaxLimit, After = after });
            foreach (var message in page.Messages)
            {
                Assert.True(messages.Count == 0 || message.Key > messages[^1].Key, $"{message.Key} does not come after the one before it");
                messages.Add((message.Key, Encoding.UTF8.GetString(message.Payload.Span)));
            }
            after = page.Next;
        }
        while (after is not null);
        return messages;
    }

    /// <summary>How many messages gaps speak of.</summary>
    public static long Missing(this Exchange exchange) => exchange.Statistics.Gaps.Sum(gap => gap.Messages ?? 0);
}
