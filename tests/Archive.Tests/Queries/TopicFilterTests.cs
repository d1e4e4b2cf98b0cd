using System.Text;

namespace Weir.Archive.Tests.Queries;

public sealed class TopicFilterTests
{
    private static readonly string[] Topics =
    [
        "a", "a/b", "a/b/c", "a/b/c/d", "a/x/c", "b", "/", "/a", "a/", "a//c", "ab", "a.b/c", "$SYS", "$SYS/a", "$SYS/a/b", "ä/ö", "ab/c", "a/b/", "+",
    ];

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a/b", "a/b")]
    [InlineData("a/#", "a", "a/b", "a/b/c", "a/b/c/d", "a/x/c", "a/", "a//c", "a/b/")]
    [InlineData("a/b/#", "a/b", "a/b/c", "a/b/c/d", "a/b/")]
    [InlineData("a/+/c", "a/b/c", "a/x/c", "a//c")]
    [InlineData("+", "a", "b", "ab", "+")]
    [InlineData("+/b", "a/b")]
    [InlineData("/+", "/", "/a")]
    [InlineData("+/+", "a/b", "/", "/a", "a/", "a.b/c", "ä/ö", "ab/c")]
    [InlineData("a/+", "a/b", "a/")]
    [InlineData("a/+/#", "a/b", "a/b/c", "a/b/c/d", "a/x/c", "a/", "a//c", "a/b/")]
    [InlineData("$SYS/#", "$SYS", "$SYS/a", "$SYS/a/b")]
    [InlineData("$SYS/+", "$SYS/a")]
    [InlineData("a.b/+", "a.b/c")]
    [InlineData("ä/+", "ä/ö")]
    [InlineData("#", "a", "a/b", "a/b/c", "a/b/c/d", "a/x/c", "b", "/", "/a", "a/", "a//c", "ab", "a.b/c", "ä/ö", "ab/c", "a/b/", "+")]
    public async Task Ring_and_files_match_the_same_topics(string filter, params string[] expected)
    {
        var parsed = TopicFilter.Parse(filter);
        Assert.Equal(expected.Order(), Topics.Where(topic => parsed.Matches(Encoding.UTF8.GetBytes(topic))).Order());

        await using var site = new Site();
        await using (var exchange = await site.OpenAsync())
        {
            await exchange.AcceptAsync(Topics.Select(topic => Site.Message(topic, "")).ToArray());
            await exchange.FlushAsync();
        }
        await using var reopened = await site.OpenAsync();
        Assert.Equal(0, reopened.Statistics.RingMessages);
        var query = ExchangeExtensions.Everything with { TopicFilter = filter };
        Assert.Equal(expected.Order(), (await reopened.AllAsync(query)).Select(message => message.Topic).Order());
        Assert.Equal(expected.Length, (await reopened.CountAsync(query)).Messages);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/#/b")]
    [InlineData("a#")]
    [InlineData("a+/b")]
    [InlineData("##")]
    public async Task What_is_no_filter_is_refused_with_a_sentence(string filter)
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => exchange.QueryAsync(ExchangeExtensions.Everything with { TopicFilter = filter }));
        Assert.Contains("opic filter", error.Message, StringComparison.Ordinal);
    }
}
