using Weir.Grains.Interfaces.Broker;
using Weir.Web.Topics;

namespace Weir.Web.Tests.Topics;

public sealed class TopicTreeTests
{
    private readonly TopicTree tree = new();

    [Fact]
    public void Topics_are_rows_below_their_levels_in_order()
    {
        tree.Apply([Topic("plant/b"), Topic("plant/a"), Topic("plant")]);

        Assert.Equal(["plant", "plant/a", "plant/b"], tree.Rows(null).Select(row => row.Path));
        Assert.Equal(3, tree.Topics);
    }

    [Fact]
    public void A_closed_level_hides_what_is_below_but_counts_its_rate()
    {
        tree.Apply([Topic("plant/a", rate: 2), Topic("plant/b", rate: 3)]);
        tree.Rows(null)[0].IsOpen = false;

        var row = Assert.Single(tree.Rows(null));
        Assert.Equal(5, row.Rate);
    }

    [Fact]
    public void A_filter_finds_topics_in_closed_levels_and_shows_the_levels_above()
    {
        tree.Apply([Topic("plant/line/press/telemetry"), Topic("plant/line/robot/state"), Topic("office/door")]);
        tree.Rows(null).Single(row => row.Path == "plant").IsOpen = false;

        Assert.Equal(
            ["plant", "plant/line", "plant/line/press", "plant/line/press/telemetry"],
            tree.Rows("PRESS").Select(row => row.Path));
    }

    [Fact]
    public void Empty_levels_are_levels_of_their_own()
    {
        tree.Apply([Topic("/a"), Topic("a//b"), Topic("a/")]);

        Assert.Contains(tree.Rows("/a"), row => row.Path == "/a" && row.Status is not null);
        Assert.Contains(tree.Rows("a//b"), row => row.Path == "a//b" && row.Status is not null);
        Assert.Contains(tree.Rows("a/"), row => row.Path == "a/" && row.Status is not null);
        Assert.Equal(3, tree.Topics);
    }

    [Fact]
    public void A_topic_that_changes_keeps_its_row()
    {
        tree.Apply([Topic("plant/a", value: "1")]);
        tree.Apply([Topic("plant/a", value: "2")]);

        Assert.Equal("2", tree.Rows(null)[1].Status!.LastValue);
        Assert.Equal(1, tree.Topics);
    }

    private static TopicStatus Topic(string topic, double rate = 1, string value = "") =>
        new(topic, 1, rate, DateTimeOffset.UnixEpoch, value, value.Length);
}
