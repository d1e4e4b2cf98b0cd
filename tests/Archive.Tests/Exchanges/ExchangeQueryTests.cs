using System.Text;

namespace Weir.Archive.Tests.Exchanges;

public sealed class ExchangeQueryTests
{
    [Fact]
    public async Task A_query_sees_every_message_accepted_before_it()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        for (var i = 0; i < 300; i++)
        {
            var range = await exchange.AcceptAsync(Site.Numbered(i, 1));
            var page = await exchange.QueryAsync(new MessageQuery(range.First.TimestampMicros, long.MaxValue) { Limit = 100_000 });
            Assert.Contains(page.Messages, message => message.Key == range.First);
        }
    }

    [Fact]
    public async Task Pages_over_files_and_ring_give_what_a_list_would()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var random = new Random(5);
        List<ArchivedMessage> model = [];
        for (var i = 0; i < 40; i++)
        {
            var batch = Site.Numbered(i * 100, random.Next(1, 100));
            var keys = await exchange.AcceptAsync(batch);
            if (i is 10 or 20 or 30) await exchange.FlushAsync();
            model.AddRange((await exchange.QueryAsync(new MessageQuery(0, long.MaxValue) { Limit = 1_000, After = model.Count == 0 ? null : model[^1].Key })).Messages);
            Assert.Equal(keys.Last, model[^1].Key);
        }
        Assert.Equal(3, site.Files().Length);

        for (var i = 0; i < 60; i++)
        {
            var from = model[random.Next(model.Count)].Key.TimestampMicros + random.Next(-1, 2);
            var to = Math.Max(from, model[random.Next(model.Count)].Key.TimestampMicros + random.Next(-1, 2));
            var level = random.Next(7);
            var filter = random.Next(4) switch { 0 => $"line/{level}/temperature", 1 => "line/#", 2 => $"+/{level}/+", _ => null };
            var expected = model.Where(message => message.Key.TimestampMicros >= from && message.Key.TimestampMicros < to
                && (filter is null or "line/#" || message.Topic == $"line/{level}/temperature")).ToList();
            var query = new MessageQuery(from, to) { TopicFilter = filter, Limit = random.Next(1, 700) };

            Assert.Equal(expected.Select(Text), (await exchange.AllAsync(query)).Select(Text));
            Assert.Equal(expected.Count, (await exchange.CountAsync(query)).Messages);
        }
    }

    [Fact]
    public async Task Backwards_and_between_keys_gives_what_a_list_would()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var random = new Random(7);
        for (var i = 0; i < 30; i++)
        {
            await exchange.AcceptAsync(Site.Numbered(i * 100, random.Next(1, 100)));
            if (i is 8 or 16 or 24) await exchange.FlushAsync();
        }
        var model = await exchange.AllAsync();

        for (var i = 0; i < 60; i++)
        {
            var (one, other) = (random.Next(model.Count), random.Next(model.Count));
            var (first, last) = (Math.Min(one, other), Math.Max(one, other));
            var filter = random.Next(3) switch { 0 => $"line/{random.Next(7)}/temperature", 1 => "+/3/#", _ => null };
            var parsed = filter is null ? null : TopicFilter.Parse(filter);
            var expected = model[first..(last + 1)].Where(message => parsed?.Matches(Encoding.UTF8.GetBytes(message.Topic)) != false);
            var query = ExchangeExtensions.Everything with
            {
                FirstKey = model[first].Key, LastKey = model[last].Key, TopicFilter = filter, Limit = random.Next(1, 400),
            };
            Assert.Equal(expected.Select(Text), (await exchange.AllAsync(query)).Select(Text));
            Assert.Equal(expected.Reverse().Select(Text), (await exchange.AllAsync(query with { Backwards = true })).Select(Text));
            Assert.Equal(expected.Count(), (await exchange.CountAsync(query)).Messages);
        }
    }

    [Fact]
    public async Task Keys_that_no_message_has_are_bounds_like_others()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 50);
        await exchange.FlushAsync();
        await exchange.AcceptAsync(50, 50);
        var middle = (await exchange.AllAsync())[25].Key.TimestampMicros;
        foreach (var key in new[] { new MessageKey(middle, 0), new MessageKey(middle, long.MaxValue), new MessageKey(middle + 1, 0) })
        {
            var before = await exchange.AllAsync(ExchangeExtensions.Everything with { LastKey = key });
            var after = await exchange.AllAsync(ExchangeExtensions.Everything with { FirstKey = key });
            Assert.Equal(100, before.Count + after.Count);
            Assert.All(before, message => Assert.True(message.Key <= key));
            Assert.All(after, message => Assert.True(message.Key >= key));
        }
    }

    [Fact]
    public async Task A_range_is_read_in_batches_and_written_to_a_file_of_its_own()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 300);
        await exchange.FlushAsync();
        await exchange.AcceptAsync(300, 200);
        var all = await exchange.AllAsync();
        var query = ExchangeExtensions.Everything with { FirstKey = all[250].Key, LastKey = all[349].Key, Limit = 30 };
        List<int> sizes = [];
        await foreach (var page in exchange.ReadAsync(query)) sizes.Add(page.Messages.Count);
        Assert.Equal([30, 30, 30, 10], sizes);

        var path = Path.Combine(site.Folder, "cut.parquet");
        var file = await exchange.ExportAsync([query with { FirstKey = all[300].Key }, query with { LastKey = all[320].Key }], path);
        Assert.Equal((100, all[250].Key, all[349].Key), (file.Rows, file.First, file.Last));
        using var connection = site.Duck.Connect();
        using var result = connection.Prepare("SELECT count(*) FROM read_parquet(?) WHERE decode(payload)::INT BETWEEN 250 AND 349").Bind(1, path).Execute("count", path, CancellationToken.None);
        Assert.Equal(100, result.ReadSingle());
        Assert.Equal(["query: last-key must not be before first-key (5-5), but is 5-4."],
            [(await Assert.ThrowsAsync<ArgumentException>(() => exchange.ExportAsync([query with { FirstKey = new MessageKey(5, 5), LastKey = new MessageKey(5, 4) }], path))).Message]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.ExportAsync([query], path, cancellationToken: new CancellationToken(true)));
    }

    [Fact]
    public async Task A_page_ends_at_its_bytes_too_but_always_goes_on()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        for (var i = 0; i < 6; i++) await exchange.AcceptAsync([new InboundMessage("a"u8.ToArray(), new byte[1_000])]);
        await exchange.FlushAsync();
        var query = ExchangeExtensions.Everything with { MaxBytes = 2_500 };
        Assert.Equal(2, (await exchange.QueryAsync(query)).Messages.Count);
        Assert.Single((await exchange.QueryAsync(query with { MaxBytes = 1 })).Messages);
        Assert.Equal(6, (await exchange.AllAsync(query)).Count);
    }

    [Fact]
    public async Task A_range_takes_its_beginning_and_leaves_its_end()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var now = MessageKeySource.Now(TimeProvider.System);
        await exchange.AcceptAsync([.. Enumerable.Range(0, 10).Select(i => Site.Message("a", $"{i}") with { ReceivedMicros = now - 10 + i })]);
        var page = await exchange.QueryAsync(new MessageQuery(now - 8, now - 5));
        Assert.Equal(["2", "3", "4"], page.Messages.Select(message => Encoding.UTF8.GetString(message.Payload.Span)));
        Assert.Null(page.Next);
        Assert.Empty((await exchange.QueryAsync(new MessageQuery(now - 8, now - 8))).Messages);
    }

    [Fact]
    public async Task Each_gap_is_told_on_one_page()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync())
        {
            for (var file = 0; file < 3; file++)
            {
                await exchange.AcceptAsync(file * 100, 100);
                await exchange.FlushAsync();
            }
        }
        File.Delete(site.Files()[1]);

        await using var reopened = await site.OpenAsync();
        List<MessageGap> told = [];
        var query = ExchangeExtensions.Everything with { Limit = 30 };
        for (MessageKey? after = null; ;)
        {
            var page = await reopened.QueryAsync(query with { After = after });
            told.AddRange(page.Gaps);
            if (page.Next is null) break;
            after = page.Next;
        }
        Assert.Equal(100, Assert.Single(told).Messages);
    }

    [Fact]
    public async Task A_query_with_wrong_bounds_is_refused_with_a_sentence()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        async Task<string> Refused(MessageQuery query) => (await Assert.ThrowsAsync<ArgumentException>(() => exchange.QueryAsync(query))).Message;
        Assert.Equal("query: from must not be negative, but is -1.", await Refused(new MessageQuery(-1, 5)));
        Assert.Equal("query: to must not be before from (6), but is 5.", await Refused(new MessageQuery(6, 5)));
        Assert.Equal("query: limit must be between 1 and 100,000, but is 0.", await Refused(new MessageQuery(0, 5) { Limit = 0 }));
        Assert.Equal("query: max-bytes must be at least 1, but is 0.", await Refused(new MessageQuery(0, 5) { MaxBytes = 0 }));
    }

    [Fact]
    public async Task A_query_that_is_cancelled_ends()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 100);
        await exchange.FlushAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.QueryAsync(ExchangeExtensions.Everything, new CancellationToken(true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exchange.AcceptAsync(Site.Numbered(0, 1), new CancellationToken(true)).AsTask());
    }

    private static string Text(ArchivedMessage message) =>
        $"{message.Key} {message.Topic} {Encoding.UTF8.GetString(message.Payload.Span)} {message.Qos} {message.Retain} {message.ReceivedMicros}";
}
