using Dapper;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Weir.Database.Alarms;
using Weir.Database.Evidence;
using Weir.Database.Retention;
using static Weir.Database.Tests.Stored;

namespace Weir.Database.Tests.Retention;

public sealed class SqliteRowRetentionTests() : RowRetentionFacts(new SqliteTestDatabase())
{
    [Fact]
    public async Task The_space_of_rows_that_went_is_given_back_to_the_system()
    {
        var day = UnixMicroseconds.From(Now.AddDays(-10));
        for (var part = 0; part < 20; part++)
            await DetectionsAsync(Database, [.. Enumerable.Range(0, 1_000).Select(i => Detection(day + part * 1_000 + i) with { Attributes = new string('x', 500) })]);
        var before = await PagesAsync();

        await Retention(new RetentionOptions { Pause = TimeSpan.Zero }).RunAsync();

        Assert.True(await PagesAsync() < before / 4, $"{before} pages became {await PagesAsync()}");
    }

    private Task<long> PagesAsync() => Database.ReadAsync(connection => connection.ExecuteScalarAsync<long>("PRAGMA page_count"));
}

public sealed class MySqlRowRetentionTests(MySqlServer server) : RowRetentionFacts(new MySqlTestDatabase(server));

public abstract class RowRetentionFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly FakeTimeProvider time = new(Now);

    protected RowRetentionFacts(TestDatabase test)
    {
        this.test = test;
        Database = test.Open();
    }

    protected static DateTimeOffset Now { get; } = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    protected SiteDatabase Database { get; }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Each_table_and_class_keeps_its_own_age_and_the_preview_said_so()
    {
        await DetectionsAsync(Database, [.. from day in Enumerable.Range(0, 20) from name in new[] { "car", "dog", "person" } from index in Enumerable.Range(0, 3)
            select Detection(Ago(day) - 1, index) with { Class = name, StreamPosition = name[0], ReadText = "plate", Zone = "door" }]);
        await TracksAsync(Database, [.. Enumerable.Range(0, 20).Select(day => Track(day, Ago(day) - 1) with { Class = day % 2 == 0 ? "car" : "person" })]);
        await EventsAsync(Database, [.. Enumerable.Range(0, 20).Select(day => Event($"e{day}", Ago(day) - 1))]);
        var alarms = new AlarmTable(Database);
        foreach (var day in Enumerable.Range(0, 20))
        {
            await alarms.RaiseAsync($"a{day}", $"s{day}", "k", "m", Now.AddDays(-day).AddSeconds(-1));
            if (day != 19) await alarms.ClearAsync($"s{day}", "k", Now.AddDays(-day));
        }
        var retention = Retention(new RetentionOptions
        {
            Detections = TimeSpan.FromDays(5), Tracks = TimeSpan.FromDays(6), SceneEvents = TimeSpan.FromDays(7), Alarms = TimeSpan.FromDays(8),
            Counts = TimeSpan.FromDays(9), Classes = { ["person"] = TimeSpan.FromDays(1), ["dog"] = TimeSpan.FromDays(12) }, RowsAStep = 4, Pause = TimeSpan.Zero,
        });

        var preview = await retention.PreviewAsync();
        var gone = await retention.RunAsync();

        Assert.Equal(preview, gone);
        Assert.Equal([("car", 15L), ("dog", 36), ("person", 3)], await CountsAsync("detections"));
        // Of odd days, and 1 day is the age of that class.
        Assert.Equal([("car", 3L)], await CountsAsync("tracks"));
        Assert.Equal(7, await CountAsync("scene_events"));
        // The one that stands stays.
        Assert.Equal(9, await CountAsync("alarms"));
        Assert.Equal(17, await CountAsync("alarm_history"));
        Assert.Equal(36L * 3, await CountAsync("detection_words"));
        Assert.Equal(36L * 3, await CountAsync("detection_zones"));
        Assert.Equal(9L * 3, await Database.ReadAsync(c => c.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM detection_counts WHERE width = 60000000")));
        Assert.Equal(9L * 3, await Database.ReadAsync(c => c.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM detection_counts_of_site WHERE width = 60000000")));
        Assert.All(await retention.RunAsync(), rows => Assert.Equal(0, rows.Rows));
    }

    [Fact]
    public async Task Evidence_goes_when_nothing_names_it_any_more_and_what_was_stored_again_stays()
    {
        var store = new EvidenceStore(Database, time);
        var names = new List<string>();
        foreach (var i in Enumerable.Range(0, 12)) names.Add(await store.PutAsync(new[] { (byte)i }, "image/jpeg"));
        await TracksAsync(Database, Track(1, UnixMicroseconds.From(Now)) with { Evidence = names[0], FrameEvidence = names[1] });
        await EventsAsync(Database, Event("e", UnixMicroseconds.From(Now)) with { Evidence = names[2] });
        await new AlarmTable(Database).AddEvidenceAsync("a", names[3], Now);
        var retention = Retention(new RetentionOptions { Evidence = TimeSpan.FromHours(2), RowsAStep = 3, Pause = TimeSpan.Zero });

        Assert.Equal(0, Evidence(await retention.RunAsync()));
        time.Advance(TimeSpan.FromHours(3));
        await store.PutAsync(new byte[] { 4 }, "image/jpeg");
        Assert.Equal(7, Evidence(await retention.PreviewAsync()));
        Assert.Equal(7, Evidence(await retention.RunAsync()));

        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            Assert.Equal(i <= 4, await store.FindAsync(name) is not null);
            Assert.Equal(i <= 4, await store.ReadAsync(name) is not null);
        }
    }

    [Fact]
    public void An_age_that_cannot_be_meant_is_refused_in_a_sentence()
    {
        var faults = RetentionOptions.Faults(new RetentionOptions { Detections = TimeSpan.FromMinutes(5), Classes = { ["car"] = TimeSpan.Zero }, RowsAStep = 0 }).ToList();

        Assert.Equal(3, faults.Count);
        Assert.Contains("retention: Classes:car must be between an hour and 36,500 days, but is 00:00:00.", faults);
    }

    protected RowRetention Retention(RetentionOptions options) => new(Database, Options.Create(options), time);

    private static long Evidence(IReadOnlyList<ExpiredRows> rows) => rows.Single(row => row.Table == "evidence").Rows;

    private static long Ago(int days) => UnixMicroseconds.From(Now.AddDays(-days));

    private Task<long> CountAsync(string table) => Database.ReadAsync(connection => connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM {table}"));

    private async Task<List<(string, long)>> CountsAsync(string table) => [.. await Database.ReadAsync(connection =>
        connection.QueryAsync<(string, long)>($"SELECT class, COUNT(*) FROM {table} GROUP BY class ORDER BY class"))];
}
