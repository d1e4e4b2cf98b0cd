using System.Text;

namespace Weir.Archive.Tests.Exchanges;

/// <summary>Messages that may be kept from before a crash.</summary>
public sealed class KeptBeforeTests
{
    private static readonly long Received = MessageKeySource.Now(TimeProvider.System) - 60_000_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_may_be_kept_is_kept_once_wherever_it_lies(bool isArchived)
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync([Once("a", "1", 0), Once("a", "2", 1), Once("b", "2", 2)]);
        if (isArchived) await exchange.FlushAsync();

        await exchange.AcceptAsync([Again("a", "2", 1), Again("b", "2", 2), Again("a", "3", 3), Once("a", "4", 4)]);
        await exchange.AcceptAsync([Again("a", "4", 4)]);

        Assert.Equal(["a 1", "a 2", "b 2", "a 3", "a 4"], (await exchange.AllAsync()).Select(m => $"{m.Topic} {Encoding.UTF8.GetString(m.Payload.Span)}"));
        Assert.Equal(5, exchange.Statistics.Accepted);
    }

    [Fact]
    public async Task Another_time_topic_or_payload_is_another_message()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync([Once("a", "1", 0)]);

        await exchange.AcceptAsync([Again("a", "1", 1)]);
        await exchange.AcceptAsync([Again("b", "1", 0)]);
        await exchange.AcceptAsync([Again("a", "2", 0)]);

        Assert.Equal(4, (await exchange.AllAsync()).Count);
    }

    [Fact]
    public async Task It_is_found_behind_more_than_a_page_of_others()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        for (var i = 0; i < 25; i++) await exchange.AcceptAsync([.. Enumerable.Range(0, 1000).Select(n => Once("a", "other", n))]);
        await exchange.AcceptAsync([Once("a", "1", 5000)]);

        await exchange.AcceptAsync([Again("a", "1", 5000)]);

        Assert.Equal(25_001, exchange.Statistics.Accepted);
    }

    private static InboundMessage Once(string topic, string payload, int micros) =>
        Site.Message(topic, payload) with { Qos = 2, ReceivedMicros = Received + micros };

    private static InboundMessage Again(string topic, string payload, int micros) => Once(topic, payload, micros) with { MayBeKept = true };
}
