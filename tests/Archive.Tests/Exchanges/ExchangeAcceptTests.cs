using System.Text;
using Microsoft.Extensions.Time.Testing;
using Weir.Streams;

namespace Weir.Archive.Tests.Exchanges;

public sealed class ExchangeAcceptTests
{
    [Fact]
    public async Task Key_order_is_stream_order_however_many_accept_at_once()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(connection => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var message = Site.Message($"connection/{connection}", $"{i}");
                await exchange.AcceptAsync([message, message, message]);
            }
        })));

        List<MessageKey> inStream = [];
        await using var reader = await site.Store.OpenReaderAsync(Site.Stream, StreamPosition.Earliest);
        while (await reader.TryReadAsync() is { } batch)
        {
            foreach (var stored in batch.Events.ToArray()) inStream.AddRange(Keys(stored));
        }
        Assert.Equal(Enumerable.Range(1, 4_800).Select(number => (long)number), inStream.Select(key => key.Sequence));
        Assert.Equal(inStream.Order(), inStream);
        Assert.Equal(inStream, (await exchange.AllAsync()).Select(message => message.Key));
    }

    [Fact]
    public async Task Each_connection_keeps_its_order()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(connection => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++) await exchange.AcceptAsync([Site.Message($"connection/{connection}", $"{i}")]);
        })));
        foreach (var connection in (await exchange.AllAsync()).GroupBy(message => message.Topic))
            Assert.Equal(Enumerable.Range(0, 200), connection.Select(message => int.Parse(Encoding.UTF8.GetString(message.Payload.Span))));
    }

    [Fact]
    public async Task Keys_rise_though_the_clock_steps_back_over_a_restart()
    {
        var noon = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        await using var site = new Site(new FakeTimeProvider(noon));
        KeyRange before;
        await using (var exchange = await site.OpenAsync()) before = await exchange.AcceptAsync(Site.Numbered(0, 10));

        await using var restarted = await Exchange.OpenAsync(
            Site.Quiet, site.Services with { Time = new FakeTimeProvider(noon.AddHours(-1)) });
        var after = await restarted.AcceptAsync(Site.Numbered(10, 10));
        Assert.True(after.First > before.Last);
        Assert.Equal(before.Last.Sequence + 1, after.First.Sequence);
        Assert.Equal(Enumerable.Range(0, 20), await restarted.NumbersAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_comes_back_as_it_was(bool isArchived)
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var received = MessageKeySource.Now(TimeProvider.System) - 1_000_000;
        InboundMessage[] messages =
        [
            new("plain"u8.ToArray(), "x"u8.ToArray()),
            new("späť/北京"u8.ToArray(), Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), 2, true, received, "properties"u8.ToArray()),
            new("empty"u8.ToArray(), default, 1, false, received + 5),
            new("large"u8.ToArray(), new byte[700_000], 1),
        ];
        await exchange.AcceptAsync(messages);
        if (isArchived)
        {
            await exchange.FlushAsync();
            await exchange.DisposeAsync();
        }
        await using var reopened = isArchived ? await site.OpenAsync() : null;

        var back = await (reopened ?? exchange).AllAsync();
        for (var i = 0; i < messages.Length; i++)
        {
            Assert.Equal(messages[i].Topic.ToArray(), Encoding.UTF8.GetBytes(back[i].Topic));
            Assert.Equal(messages[i].Payload.ToArray(), back[i].Payload.ToArray());
            Assert.Equal(messages[i].Properties.ToArray(), back[i].Properties.ToArray());
            Assert.Equal((messages[i].Qos, messages[i].Retain), (back[i].Qos, back[i].Retain));
        }
        Assert.Equal((received, received + 5), (back[1].ReceivedMicros, back[2].ReceivedMicros));
        Assert.True(back[1].Key.TimestampMicros >= back[0].Key.TimestampMicros);
    }

    [Fact]
    public async Task A_batch_with_an_unfit_message_is_refused_whole()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var good = Site.Message("a", "1");
        Task Accept(params InboundMessage[] messages) => exchange.AcceptAsync(messages).AsTask();

        Assert.Contains("UTF-8", (await Assert.ThrowsAsync<ArgumentException>(() => Accept(good, good with { Topic = new byte[] { 0xC3, 0x28 } }))).Message, StringComparison.Ordinal);
        Assert.Contains("1 to 65,535 bytes", (await Assert.ThrowsAsync<ArgumentException>(() => Accept(good with { Topic = default }))).Message, StringComparison.Ordinal);
        Assert.Contains("0, 1 or 2, but is 3 in message 1", (await Assert.ThrowsAsync<ArgumentException>(() => Accept(good, good with { Qos = 3 }))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => Accept());
        await Accept(good);
        Assert.Equal(1, Assert.Single(await exchange.AllAsync()).Key.Sequence);
    }

    [Fact]
    public async Task What_the_stream_refuses_is_thrown_counted_and_told_as_a_gap()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 10);
        await site.Store.SealAsync(Site.Stream);

        await Assert.ThrowsAsync<StreamSealedException>(() => exchange.AcceptAsync(Site.Numbered(10, 5)).AsTask());
        var page = await exchange.QueryAsync(ExchangeExtensions.Everything);
        Assert.Equal(10, page.Messages.Count);
        var gap = Assert.Single(page.Gaps);
        Assert.Equal((MessageGapCause.Refused, 5L), (gap.Cause, gap.Messages));
        Assert.Equal((10L, 5L), (exchange.Statistics.Accepted, exchange.Statistics.Refused));
    }

    [Fact]
    public async Task Memory_may_be_reused_as_soon_as_the_call_has_returned()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var payload = new byte[1];
        List<Task> pending = [];
        for (byte i = 0; i < 100; i++)
        {
            payload[0] = i;
            pending.Add(exchange.AcceptAsync([new InboundMessage("a"u8.ToArray(), payload)]).AsTask());
        }
        await Task.WhenAll(pending);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (byte)i), (await exchange.AllAsync()).Select(message => message.Payload.Span[0]));
    }

    private static List<MessageKey> Keys(StoredEvent stored)
    {
        List<MessageKey> keys = [];
        for (var block = new MessageBlockReader(stored.Payload.Span); block.Read();) keys.Add(block.Key);
        return keys;
    }
}
