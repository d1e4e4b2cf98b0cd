using System.Text;

namespace Weir.Mqtt.Tests.Protocol;

public sealed class TopicFilterTests
{
    /// <summary>The examples of section 4.7, and the corners beside them.</summary>
    public static TheoryData<string, string, bool> Matches => new()
    {
        { "sport/tennis/player1/#", "sport/tennis/player1", true },
        { "sport/tennis/player1/#", "sport/tennis/player1/ranking", true },
        { "sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true },
        { "sport/tennis/player1/#", "sport/tennis/player2", false },
        { "sport/#", "sport", true },
        { "sport/#", "sports", false },
        { "#", "sport", true },
        { "#", "/", true },
        { "sport/tennis/+", "sport/tennis/player1", true },
        { "sport/tennis/+", "sport/tennis/player2", true },
        { "sport/tennis/+", "sport/tennis/player1/ranking", false },
        { "sport/+", "sport", false },
        { "sport/+", "sport/", true },
        { "+", "sport", true },
        { "+", "/finance", false },
        { "+/+", "/finance", true },
        { "/+", "/finance", true },
        { "+/tennis/#", "sport/tennis", true },
        { "+/tennis/#", "sport/tennis/a/b", true },
        { "sport/+/player1", "sport/tennis/player1", true },
        { "sport/+/player1", "sport/player1", false },
        { "#", "$SYS/uptime", false },
        { "+/monitor/Clients", "$SYS/monitor/Clients", false },
        { "$SYS/#", "$SYS/monitor", true },
        { "$SYS/monitor/+", "$SYS/monitor/Clients", true },
        { "a/$b/#", "a/$b/c", true },
        { "a/+", "a/$b", true },
        { "ACCOUNTS", "Accounts", false },
        { "/finance", "finance", false },
        { "a//b", "a//b", true },
        { "a/+/b", "a//b", true },
        { "a/b", "a/b/", false },
        { "a b/ü", "a b/ü", true },
    };

    [Theory]
    [MemberData(nameof(Matches))]
    public void A_filter_covers_the_topics_that_the_specification_says(string filter, string topic, bool matches)
    {
        Assert.Equal(matches, TopicFilter.Parse(filter).Matches(topic));
    }

    [Theory]
    [MemberData(nameof(Matches))]
    public void The_subscription_tree_finds_the_same(string filter, string topic, bool matches)
    {
        var tree = new SubscriptionTree();
        var session = NewSession();
        tree.Add(session, new SubscriptionRequest(TopicFilter.Parse(filter), QualityOfService.AtMostOnce), 0, 10);
        tree.Add(NewSession(), new SubscriptionRequest(TopicFilter.Parse("other/topic"), QualityOfService.AtMostOnce), 0, 10);

        Assert.Equal(matches ? [session] : [], tree.Match(NewTopic(topic)).Alone.Select(s => s.Session));
        Assert.True(tree.Remove(session, TopicFilter.Parse(filter)));
        Assert.Empty(tree.Match(NewTopic(topic)).Alone);
    }

    [Fact]
    public void A_large_tree_finds_what_each_filter_by_itself_would()
    {
        var random = new Random(7);
        string[] levels = ["a", "b", "c", "$d", ""];
        var tree = new SubscriptionTree();
        var sessions = new Dictionary<Session, TopicFilter>();
        for (var i = 0; i < 500; i++)
        {
            var text = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(4) == 0 ? "+" : levels[random.Next(levels.Length)]));
            var filter = TopicFilter.Parse(random.Next(4) == 0 ? text + "/#" : text.Length == 0 ? "a" : text);
            var session = NewSession();
            sessions[session] = filter;
            tree.Add(session, new SubscriptionRequest(filter, QualityOfService.AtMostOnce), 0, 1);
            if (i % 3 == 0 && tree.Remove(session, filter)) sessions.Remove(session);
        }
        for (var i = 0; i < 500; i++)
        {
            var name = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => levels[random.Next(levels.Length)]));
            if (name.Length == 0) continue;
            var expected = sessions.Where(s => s.Value.Matches(name)).Select(s => s.Key).ToHashSet();
            Assert.Equal(expected, tree.Match(NewTopic(name)).Alone.Select(s => s.Session).ToHashSet());
        }
    }

    [Theory]
    [InlineData("$share/group/a/+", "group", 2)]
    [InlineData("$share/group//", "group", 2)]
    [InlineData("$shared/group", null, 2)]
    public void A_shared_subscription_has_a_name_and_a_filter(string text, string? name, int levels)
    {
        var filter = TopicFilter.Parse(text);
        Assert.Equal((name, levels, text), (filter.ShareName, filter.Levels.Length, filter.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/#/b")]
    [InlineData("sport/tennis#")]
    [InlineData("sport+")]
    [InlineData("a/+b")]
    [InlineData("##")]
    [InlineData("a\0b")]
    [InlineData("$share/")]
    [InlineData("$share/g")]
    [InlineData("$share/g/")]
    [InlineData("$share//a")]
    [InlineData("$share/g+/a")]
    public void What_is_no_filter_is_told_with_a_sentence(string text)
    {
        Assert.EndsWith(".", Assert.Throws<FormatException>(() => TopicFilter.Parse(text)).Message, StringComparison.Ordinal);
    }

    private static Session NewSession()
    {
        var counters = new BrokerCounters(null, () => 0, () => 0);
        return new Session("", null, 1, new MqttBrokerOptions(), counters, null);
    }

    private static Topic NewTopic(string name) => new(Encoding.UTF8.GetBytes(name), new TopicActivity(0));
}
