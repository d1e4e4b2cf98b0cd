using Orleans.Runtime;
using Orleans.Streams;
using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Results;
using Weir.Grains.Interfaces.Rules;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Tests.Rules;

/// <summary>Rules over real streams, a real broker and a real database.</summary>
public sealed class RuleTests : IDisposable
{
    private const long Second = 1_000_000;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-rules-");
    private readonly long start = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * Second;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Objects_in_a_zone_raise_an_alarm_that_is_acknowledged_and_clears_when_they_have_gone()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        await Rules(site).PutAsync("crowd", new RuleSettings
        {
            Name = "Crowd at the door", Class = "person", Zone = "door", MinScore = 0.5, Threshold = 2, HoldSeconds = 3, ClearSeconds = 2,
        }, "anna");

        // Two persons of three stand in the zone and are sure enough, from the second second on.
        for (var second = 0; second < 4; second++) await SeeAsync(site, "street", second, second == 0 ? 1 : 2);
        Assert.Empty(await StandingAsync(site));
        await SeeAsync(site, "street", 4, 2);
        var alarm = Assert.Single(await Answers.UntilAsync(() => StandingAsync(site), alarms => alarms.Count > 0));
        Assert.Equal(("camera/street", "rule/crowd", "crowd"), (alarm.Source, alarm.Kind, alarm.Rule));
        Assert.Equal("Crowd at the door: 2 person in zone door, at least 2 for 3 s.", alarm.Message);

        Assert.True(await Log(site).AcknowledgeAsync(alarm.Id, "bert", "on my way"));
        await SeeAsync(site, "street", 5, 0);
        await SeeAsync(site, "street", 6, 2);
        await SeeAsync(site, "street", 7, 0);
        await SeeAsync(site, "street", 9, 0);

        await Answers.UntilAsync(() => StandingAsync(site), alarms => alarms.Count == 0);
        var over = Assert.Single(await Log(site).ListAsync(DateTimeOffset.UtcNow.AddMinutes(-5)));
        Assert.Equal((AlarmState.Cleared, "bert"), (over.State, over.AcknowledgedBy));
        Assert.Equal(
            [("raised", null, null), ("acknowledged", "bert", "on my way"), ("cleared", null, null)],
            (await Log(site).GetHistoryAsync(alarm.Id)).Select(step => (step.Change, step.UserName, step.Note)));
        var change = Assert.Single(await site.Grains.GetGrain<IResultsGrain>(ISiteGrain.Key).ListChangesAsync(0, long.MaxValue, 10));
        Assert.Equal(("anna", "put", "rule/crowd"), (change.Who, change.What, change.Item));
    }

    [Fact]
    public async Task Each_camera_has_an_alarm_of_its_own_and_a_rule_that_goes_takes_its_alarms_along()
    {
        await using (var site = await TestSite.StartAsync(folder.FullName))
        {
            await Rules(site).PutAsync("any", new RuleSettings());
            await Rules(site).PutAsync("yard-only", new RuleSettings { Camera = "yard" });
            await Rules(site).PutAsync("off", new RuleSettings { Enabled = false });
            await SeeAsync(site, "street", 0, 1);
            await SeeAsync(site, "yard", 0, 1);
            Assert.Equal(
                ["any camera/street", "any camera/yard", "yard-only camera/yard"],
                Names(await Answers.UntilAsync(() => StandingAsync(site), alarms => alarms.Count == 3)));
        }

        await using var again = await TestSite.StartAsync(folder.FullName);
        Assert.Equal(["any", "off", "yard-only"], (await Rules(again).ListAsync()).Rules.Select(rule => rule.Id));
        Assert.True(await Rules(again).RemoveAsync("any"));
        Assert.False(await Rules(again).RemoveAsync("any"));
        Assert.Equal(["yard-only camera/yard"], Names(await StandingAsync(again)));
        await SeeAsync(again, "yard", 1, 0);
        await Answers.UntilAsync(() => StandingAsync(again), alarms => alarms.Count == 0);
        Assert.Empty(await StandingAsync(again));
    }

    [Fact]
    public async Task A_value_over_its_threshold_raises_an_alarm_for_its_topic_alone()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        await site.Broker.PublishAsync("plant/1/motor", """{"state":"on","motor":{"heat":95.5}}"""u8.ToArray());
        await site.Broker.PublishAsync("plant/2/motor", """{"motor":{"heat":20}}"""u8.ToArray());
        await site.Broker.PublishAsync("other/1/motor", """{"motor":{"heat":99}}"""u8.ToArray());
        await Rules(site).PutAsync("hot", new RuleSettings { Kind = RuleKind.Value, Topic = "plant/+/motor", Field = "motor.heat", Threshold = 90 });

        var alarm = Assert.Single(await Answers.UntilAsync(() => StandingAsync(site), alarms => alarms.Count > 0));
        Assert.Equal(("topic/plant/1/motor", "hot: motor.heat is 95.5, at least 90."), (alarm.Source, alarm.Message));

        await site.Broker.PublishAsync("plant/1/motor", """{"motor":{"heat":60}}"""u8.ToArray());
        await Answers.UntilAsync(() => StandingAsync(site), alarms => alarms.Count == 0);
        Assert.Empty(await StandingAsync(site));
    }

    [Fact]
    public async Task A_field_is_found_wherever_it_is_in_a_message_of_64_KiB()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        await Rules(site).PutAsync("hot", new RuleSettings { Kind = RuleKind.Value, Topic = "plant/+/motor", Field = "motor.heat", Threshold = 90 });
        var before = System.Text.Encoding.UTF8.GetBytes($$$"""{"log":"{{{new string('x', 60_000)}}}","motor":{"heat":95.5}}""");

        // Until the rule is known to the broker, it keeps what pages show.
        IReadOnlyList<Alarm> standing = [];
        for (var i = 0; i < 50 && standing.Count == 0; i++)
        {
            await site.Broker.PublishAsync("plant/1/motor", before);
            await Task.Delay(200, TestContext.Current.CancellationToken);
            standing = await StandingAsync(site);
        }

        Assert.Equal("hot: motor.heat is 95.5, at least 90.", Assert.Single(standing).Message);
    }

    [Fact]
    public async Task A_topic_that_falls_silent_raises_an_alarm_until_it_speaks()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        await Rules(site).PutAsync("beat", new RuleSettings { Kind = RuleKind.Silence, Topic = "plant/beat", HoldSeconds = 1.5 });

        var alarm = Assert.Single(await Answers.UntilAsync(() => StandingAsync(site), alarms => alarms.Count > 0));
        Assert.Equal("beat: no message for 1.5 s.", alarm.Message);
        for (var i = 0; i < 100 && (await StandingAsync(site)).Count > 0; i++)
        {
            await site.Broker.PublishAsync("plant/beat", "1"u8.ToArray());
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        Assert.Empty(await StandingAsync(site));
    }

    [Fact]
    public async Task A_rule_that_makes_no_sense_is_refused_in_a_sentence()
    {
        await using var site = await TestSite.StartAsync(folder.FullName);
        (string Id, RuleSettings Rule, string Says)[] wrong =
        [
            ("no name", new(), "A rule id must have 1 to 50 characters"),
            ("a", new() { Kind = RuleKind.Value }, "rule 'a': topic is missing: a rule of kind Value is about one."),
            ("a", new() { Kind = RuleKind.Value, Topic = "a/#/b" }, "rule 'a': topic: "),
            ("a", new() { Kind = RuleKind.Value, Topic = "a", Camera = "street" }, "rule 'a': camera, class and zone are for rules of kind Detections."),
            ("a", new() { Topic = "a" }, "rule 'a': topic and field are for rules of kind Value and Silence."),
            ("a", new() { Kind = RuleKind.Silence, Topic = "a" }, "rule 'a': holdSeconds must say how long the silence is, so be above 0."),
            ("a", new() { MinScore = double.NaN }, "rule 'a': minScore must be between 0 and 1"),
            ("a", new() { HoldSeconds = 90_000 }, "rule 'a': holdSeconds must be between 0 and 86,400, but is 90000."),
            ("a", new() { Name = new string('n', 201) }, "rule 'a': name must have 1 to 200 characters, but has 201."),
            ("a", new() { Kind = (RuleKind)9 }, "rule 'a': kind must be Detections, Value, Silence, but is 9."),
        ];
        foreach (var (id, rule, says) in wrong)
            Assert.StartsWith(says, (await Assert.ThrowsAsync<ArgumentException>(() => Rules(site).PutAsync(id, rule))).Message, StringComparison.Ordinal);
        Assert.Empty((await Rules(site).ListAsync()).Rules);
    }

    private static IRulesGrain Rules(TestSite site) => site.Grains.GetGrain<IRulesGrain>(ISiteGrain.Key);

    private static IAlarmLogGrain Log(TestSite site) => site.Grains.GetGrain<IAlarmLogGrain>(ISiteGrain.Key);

    private static async Task<IReadOnlyList<Alarm>> StandingAsync(TestSite site) =>
        [.. (await Log(site).ListAsync(DateTimeOffset.UtcNow.AddMinutes(-5))).Where(alarm => alarm.State != AlarmState.Cleared)];

    private static IEnumerable<string> Names(IReadOnlyList<Alarm> alarms) =>
        alarms.Select(alarm => $"{alarm.Rule} {alarm.Source}").Order(StringComparer.Ordinal);

    // Beside those that count: one elsewhere, one that the model is not sure of, and a car.
    private Task SeeAsync(TestSite site, string camera, int second, int persons) =>
        site.Detections.GetStream<FrameDetections>(StreamId.Create(DetectionStreams.Namespace, camera)).OnNextAsync(new FrameDetections
        {
            Camera = camera, FrameNumber = second, FrameTime = start + second * Second, Model = "centernet", ModelVersion = "1",
            Detections = persons == 0 ? [] :
            [
                .. Enumerable.Range(0, persons).Select(_ => Seen("person", 0.9f, "yard", "door")), Seen("person", 0.9f, "yard"), Seen("person", 0.3f, "door"),
                Seen("car", 0.9f, "door"),
            ],
        });

    private static Detection Seen(string name, float score, params string[] zones) => new(name, score, new Box(0, 0, 1, 1)) { Zones = zones };
}
