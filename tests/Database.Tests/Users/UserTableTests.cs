using Dapper;
using Weir.Database.Site;
using Weir.Database.Users;

namespace Weir.Database.Tests.Users;

public sealed class SqliteUserTableTests() : UserTableFacts(new SqliteTestDatabase());

public sealed class MySqlUserTableTests(MySqlServer server) : UserTableFacts(new MySqlTestDatabase(server));

public abstract class UserTableFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly SiteDatabase database;
    private readonly UserTable table;

    protected UserTableFacts(TestDatabase test)
    {
        this.test = test;
        database = test.Open();
        table = new UserTable(database, TimeProvider.System);
    }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_user_is_made_changed_shut_out_and_removed_and_the_record_has_who_did_it_but_no_hash()
    {
        Assert.False(await table.PutAsync("press", "mqtt", null, true, "anna"));
        Assert.True(await table.PutAsync("press", "mqtt", "the first hash", true, "anna"));
        Assert.Equal("the first hash", await table.FindHashAsync("press"));
        Assert.Null((await table.ListAsync()).Single().LastSeen);

        Assert.True(await table.PutAsync("press", "mqtt", "the second hash", true, "bert"));
        Assert.True(await table.PutAsync("press", "mqtt", null, false, "bert"));
        Assert.Null(await table.FindHashAsync("press"));
        Assert.True(await table.PutAsync("press", "mqtt", null, true));
        Assert.Equal("the second hash", await table.FindHashAsync("press"));
        await table.SeenAsync("press");
        var user = Assert.Single(await table.ListAsync());
        Assert.Equal(("press", "mqtt", true), (user.Name, user.Role, user.Enabled));
        Assert.True(user.LastSeen >= user.Created);

        Assert.True(await table.RemoveAsync("press", "anna"));
        Assert.False(await table.RemoveAsync("press", "anna"));
        Assert.Null(await table.FindHashAsync("press"));
        var record = await new SiteCatalogue(database, TimeProvider.System).AuditAsync(0, long.MaxValue, 10);
        Assert.Equal(["anna remove", "- put", "bert put", "bert put", "anna put"], record.Select(row => $"{row.UserName ?? "-"} {row.What}"));
        Assert.DoesNotContain(record, row => $"{row.Detail}".Contains("hash", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        await table.PutAsync("other", "mqtt", "h", true);
        await table.PutAsync(text, "mqtt", text, true, text);

        Assert.Equal(text, await table.FindHashAsync(text));
        await table.SeenAsync(text);
        Assert.True(await table.RemoveAsync(text, text));
        Assert.Equal("h", await table.FindHashAsync("other"));
        Assert.Equal(1, await database.ReadAsync(connection => connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM users")));
    }
}
