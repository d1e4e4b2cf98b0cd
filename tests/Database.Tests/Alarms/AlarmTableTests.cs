using Weir.Database.Alarms;

namespace Weir.Database.Tests.Alarms;

public sealed class SqliteAlarmTableTests() : AlarmTableFacts(new SqliteTestDatabase());

public sealed class MySqlAlarmTableTests(MySqlServer server) : AlarmTableFacts(new MySqlTestDatabase(server));

public abstract class AlarmTableFacts(TestDatabase database) : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly AlarmTable table = new(database.Open());

    public void Dispose()
    {
        database.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_alarm_that_stands_is_not_raised_again()
    {
        Assert.True(await table.RaiseAsync("1", "camera/street", "stale", "no frames", Noon));
        Assert.False(await table.RaiseAsync("2", "camera/street", "stale", "no frames", Noon));
        Assert.True(await table.RaiseAsync("3", "camera/yard", "stale", "no frames", Noon));
    }

    [Fact]
    public async Task An_alarm_that_was_over_can_be_raised_anew()
    {
        await table.RaiseAsync("1", "camera/street", "stale", "no frames", Noon);
        Assert.True(await table.ClearAsync("camera/street", "stale", Noon.AddMinutes(1)));
        Assert.False(await table.ClearAsync("camera/street", "stale", Noon.AddMinutes(2)));

        Assert.True(await table.RaiseAsync("2", "camera/street", "stale", "no frames", Noon.AddMinutes(3)));

        var alarms = await table.ListAsync(Noon, 10);
        Assert.Equal(["2", "1"], alarms.Select(alarm => alarm.Id));
        Assert.Equal(Noon.AddMinutes(1), alarms[1].Cleared);
    }

    [Fact]
    public async Task An_old_alarm_is_listed_for_as_long_as_it_stands()
    {
        await table.RaiseAsync("1", "camera/street", "stale", "no frames", Noon);

        Assert.Single(await table.ListAsync(Noon.AddDays(1), 10));
        await table.ClearAsync("camera/street", "stale", Noon.AddDays(2));
        Assert.Empty(await table.ListAsync(Noon.AddDays(1), 10));
    }

    [Fact]
    public async Task A_rule_or_a_source_that_is_gone_takes_its_alarms_along_and_no_others()
    {
        await table.RaiseAsync("1", "camera/street", "rule/a", "m", Noon, "a");
        await table.RaiseAsync("2", "camera/yard", "rule/a", "m", Noon, "a");
        await table.RaiseAsync("3", "camera/yard", "rule/b", "m", Noon, "b");
        await table.RaiseAsync("4", "camera/street", "stale", "m", Noon);

        Assert.True(await table.ClearRuleAsync("a", Noon.AddMinutes(1)));
        Assert.False(await table.ClearRuleAsync("a", Noon.AddMinutes(2)));
        Assert.Equal(["b 3", " 4"], (await StandingAsync()).Select(alarm => $"{alarm.RuleId} {alarm.Id}"));
        Assert.Equal(["raised", "cleared"], (await table.HistoryAsync("2")).Select(change => change.Change));

        Assert.True(await table.ClearSourceAsync("camera/yard", Noon.AddMinutes(3)));
        Assert.Equal(["4"], (await StandingAsync()).Select(alarm => alarm.Id));
    }

    [Fact]
    public async Task Who_has_seen_an_alarm_is_told_with_it()
    {
        await table.RaiseAsync("1", "camera/street", "stale", "no frames", Noon);
        await table.RaiseAsync("2", "camera/yard", "stale", "no frames", Noon.AddSeconds(1));
        await table.AcknowledgeAsync("1", Noon.AddMinutes(1), "anna", "on my way");

        Assert.Equal([("2", null), ("1", "anna")], (await table.ListAsync(Noon, 10)).Select(alarm => (alarm.Id, alarm.AcknowledgedBy)));
        Assert.Equal([("2", null), ("1", "anna")], (await table.ListAsync(Noon.AddDays(1), 10)).Select(alarm => (alarm.Id, alarm.AcknowledgedBy)));
        Assert.Equal(["2"], (await table.ListAsync(Noon.AddDays(1), 1)).Select(alarm => alarm.Id));
    }

    [Fact]
    public async Task An_alarm_is_acknowledged_once()
    {
        await table.RaiseAsync("1", "camera/street", "stale", "no frames", Noon);

        Assert.True(await table.AcknowledgeAsync("1", Noon.AddMinutes(1)));
        Assert.False(await table.AcknowledgeAsync("1", Noon.AddMinutes(2)));
        Assert.False(await table.AcknowledgeAsync("none", Noon));
        Assert.Equal(Noon.AddMinutes(1), Assert.Single(await table.ListAsync(Noon, 10)).Acknowledged);
    }

    [Fact]
    public async Task An_alarm_has_its_history_and_its_evidence()
    {
        await table.RaiseAsync("1", "camera/street", "stale", "no frames", Noon);
        await table.AcknowledgeAsync("1", Noon.AddMinutes(1), "ann", "I look after it.");
        await table.AcknowledgeAsync("1", Noon.AddMinutes(2), "bob", "So do I.");
        await table.ClearAsync("camera/street", "stale", Noon.AddMinutes(3));
        await table.AddEvidenceAsync("1", "bbb", Noon);
        await table.AddEvidenceAsync("1", "aaa", Noon.AddMinutes(1));
        await table.AddEvidenceAsync("1", "bbb", Noon.AddMinutes(2));

        Assert.Equal(
        [
            new AlarmChange("raised", Noon, null, null), new AlarmChange("acknowledged", Noon.AddMinutes(1), "ann", "I look after it."),
            new AlarmChange("cleared", Noon.AddMinutes(3), null, null),
        ], await table.HistoryAsync("1"));
        Assert.Equal(["bbb", "aaa"], await table.ListEvidenceAsync("1"));
        Assert.Empty(await table.HistoryAsync("2"));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        Assert.True(await table.RaiseAsync(text[..Math.Min(text.Length, 32)], text, text[..Math.Min(text.Length, 64)], text, Noon));

        var alarm = Assert.Single(await table.ListAsync(Noon, 10));
        Assert.Equal((text, text), (alarm.Source, alarm.Message));
        Assert.True(await table.AcknowledgeAsync(alarm.Id, Noon, text, text));
        var seen = (await table.HistoryAsync(alarm.Id)).Single(change => change.Change == "acknowledged");
        Assert.Equal((text, text), (seen.UserName, seen.Note));
    }

    private async Task<IEnumerable<AlarmRow>> StandingAsync() =>
        (await table.ListAsync(Noon, 10)).Where(alarm => alarm.Cleared is null).OrderBy(alarm => alarm.Id, StringComparer.Ordinal);
}
