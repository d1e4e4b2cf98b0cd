using Weir.Database.Rules;
using Weir.Database.Site;

namespace Weir.Database.Tests.Rules;

public sealed class SqliteRuleTableTests() : RuleTableFacts(new SqliteTestDatabase());

public sealed class MySqlRuleTableTests(MySqlServer server) : RuleTableFacts(new MySqlTestDatabase(server));

public abstract class RuleTableFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly RuleTable table;
    private readonly SiteCatalogue catalogue;

    protected RuleTableFacts(TestDatabase test)
    {
        this.test = test;
        var database = test.Open();
        table = new RuleTable(database, TimeProvider.System);
        catalogue = new SiteCatalogue(database, TimeProvider.System);
    }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_rule_is_set_changed_and_removed_and_the_record_has_who_did_it()
    {
        await table.PutAsync(new RuleRow("hot", "Hot", "Value", "{}", true), "anna");
        await table.PutAsync(new RuleRow("crowd", "Crowd", "Detections", "{}", true));
        var changed = new RuleRow("hot", "Very hot", "Value", "{\"threshold\":90}", false);
        await table.PutAsync(changed, "bert");

        Assert.Equal([new RuleRow("crowd", "Crowd", "Detections", "{}", true), changed], await table.ListAsync());
        Assert.True(await table.RemoveAsync("hot", "anna"));
        Assert.False(await table.RemoveAsync("hot", "anna"));
        Assert.Equal("crowd", Assert.Single(await table.ListAsync()).Id);
        Assert.Equal(
            ["anna remove rule/hot", "bert put rule/hot", " put rule/crowd", "anna put rule/hot"],
            (await catalogue.AuditAsync(0, long.MaxValue, 10)).Select(row => $"{row.UserName} {row.What} {row.Item}"));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        var odd = new RuleRow(text, text, "Value", text, true);
        await table.PutAsync(odd, text);

        Assert.Equal(odd, Assert.Single(await table.ListAsync()));
        Assert.Equal(text, Assert.Single(await catalogue.AuditAsync(0, long.MaxValue, 10)).UserName);
        Assert.True(await table.RemoveAsync(text));
    }
}
