using Dapper;
using Weir.Database.Site;

namespace Weir.Database.Tests.Site;

public sealed class SqliteSiteCatalogueTests() : SiteCatalogueFacts(new SqliteTestDatabase());

public sealed class MySqlSiteCatalogueTests(MySqlServer server) : SiteCatalogueFacts(new MySqlTestDatabase(server));

public abstract class SiteCatalogueFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly SiteDatabase database;
    private readonly SiteCatalogue catalogue;

    protected SiteCatalogueFacts(TestDatabase test)
    {
        this.test = test;
        database = test.Open();
        catalogue = new SiteCatalogue(database, TimeProvider.System);
    }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_set_up_changed_and_removed_can_be_asked_for_and_is_in_the_record()
    {
        await catalogue.PutSiteAsync("hall", "Hall 1");
        await catalogue.PutSiteAsync("hall", "Hall 2", "plant");
        await catalogue.PutCameraAsync("street", "Street", "{}");
        await catalogue.PutCameraAsync("street", "The street", "{\"a\":1}");
        await catalogue.RemoveCameraAsync("street", "anna");
        await catalogue.PutExchangeAsync("plant", "{}", "127.0.0.1");

        Assert.Equal(("Hall 2", "plant"), await OneAsync<(string, string)>("SELECT name, parent FROM sites"));
        Assert.Equal(("The street", "{\"a\":1}", true), await OneAsync<(string, string, bool)>("SELECT name, settings, removed IS NOT NULL FROM cameras"));
        Assert.Null(await OneAsync<long?>("SELECT removed FROM exchanges"));
        Assert.Equal(["127.0.0.1 put exchange/plant", "anna remove camera/street", " put camera/street", " put camera/street"],
            (await catalogue.AuditAsync(0, long.MaxValue, 10)).Select(row => $"{row.UserName} {row.What} {row.Item}"));

        await catalogue.PutCameraAsync("street", "The street", "{}");
        Assert.Null(await OneAsync<long?>("SELECT removed FROM cameras"));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        await catalogue.PutSiteAsync(text, text, text);
        await catalogue.PutCameraAsync(text, text, text);
        await catalogue.PutExchangeAsync(text, text);
        await catalogue.RemoveExchangeAsync(text, text);

        Assert.Equal((text, text, text), await OneAsync<(string, string, string)>("SELECT site, name, parent FROM sites"));
        Assert.Equal((text, text, text), await OneAsync<(string, string, string)>("SELECT camera, name, settings FROM cameras"));
        Assert.Equal((text, text), await OneAsync<(string, string)>("SELECT exchange_name, settings FROM exchanges"));
        Assert.Equal(text, (await catalogue.AuditAsync(0, long.MaxValue, 1)).Single().UserName);
        Assert.Equal(3, (await catalogue.AuditAsync(0, long.MaxValue, 10)).Count(row => row.Item.EndsWith(text, StringComparison.Ordinal)));
    }

    private Task<T> OneAsync<T>(string sql) => database.ReadAsync(connection => connection.QuerySingleAsync<T>(sql));
}
