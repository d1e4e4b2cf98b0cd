using Dapper;
using Weir.Database.Detections;
using Weir.Database.Scenes;
using Weir.Database.Sinks;
using Weir.Database.Site;
using Weir.Streams;

namespace Weir.Database.Tests.Sinks;

public sealed class SqliteStreamSinkTests() : StreamSinkFacts(new SqliteTestDatabase())
{
    protected override string RefuseZones =>
        "CREATE TRIGGER refuse BEFORE INSERT ON scene_events WHEN LENGTH(NEW.zone) > 5 BEGIN SELECT RAISE(ABORT, 'the zone is too long'); END";
}

public sealed class MySqlStreamSinkTests(MySqlServer server) : StreamSinkFacts(new MySqlTestDatabase(server))
{
    protected override string RefuseZones => "ALTER TABLE scene_events MODIFY zone VARCHAR(5) NULL";
}

public abstract class StreamSinkFacts(TestDatabase test) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-sink-");

    public void Dispose()
    {
        test.Dispose();
        folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Has the database refuse scene events in a zone with more than five letters.</summary>
    protected abstract string RefuseZones { get; }

    [Fact]
    public async Task Every_kind_of_result_gets_into_its_table_with_its_counts_and_models()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using var sink = site.Open();

        await site.AppendAsync([.. Enumerable.Range(0, 300).Select(i => (TestEvent.Frame(i, i % 5) with
        {
            Tracks = [Stored.Track(1, 5) with { LastTime = i }], Events = i % 10 == 0 ? [Stored.Event($"e{i}", i)] : [],
            Gaps = i == 7 ? [new GapRow { Source = "camera/street", FromTime = 1, ToTime = 2, Cause = "Stale", Lost = 3, Detail = "no frames" }] : [],
        }).ToEvent())]);
        await site.StoredAsync();

        var rows = await new DetectionTable(database).QueryAsync(new DetectionFilter { Limit = 10_000 });
        Assert.Equal([.. from frame in Enumerable.Range(0, 300) from index in Enumerable.Range(0, frame % 5) select ((long)frame, (long)frame, index)],
            rows.Select(row => (row.FrameNumber, row.StreamPosition, row.Idx)));
        Assert.All(rows, row => Assert.Equal(1, row.StreamNo));
        var counts = await new DetectionTable(database).CountAsync("street", null, 0, long.MaxValue, 86_400_000_000);
        Assert.Equal([("car", 360L, 2L), ("person", 240, 2)], counts.Select(count => (count.Class, count.Detections, count.MostAtOnce)));
        Assert.Equal(299, (await new TrackTable(database).FindAsync("street", 1))!.LastTime);
        Assert.Equal(30, (await new SceneEventTable(database).QueryAsync(new SceneEventFilter())).Count);
        Assert.Equal("no frames", (await new SiteCatalogue(database, TimeProvider.System).GapsAsync(0, long.MaxValue, 10)).Single().Detail);
        Assert.Equal("centernet 1", await database.ReadAsync(c => c.ExecuteScalarAsync<string>(
            c is MySql.Data.MySqlClient.MySqlConnection ? "SELECT CONCAT(model, ' ', model_version) FROM models" : "SELECT model || ' ' || model_version FROM models")));
        await Wait.UntilAsync(() => sink.Status is { Lag: 0, DeadLetters: 0, StoredRows: > 900 } && sink.Status.Behind == TimeSpan.Zero);
    }

    [Fact]
    public async Task A_sink_goes_on_where_the_one_before_it_stopped_and_the_stream_waits_for_it()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        for (var part = 0; part < 5; part++)
        {
            await site.AppendAsync([.. Enumerable.Range(100 * part, 100).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
            await using var sink = site.Open();
            await site.StoredAsync();
        }

        await CheckFramesAsync(database, 500);
        // It has told the stream how far it is, at least from where the last one went on, and that it counts.
        var told = await site.Store.ReadCheckpointAsync(SinkSite.Stream, SinkOptions.Reader);
        Assert.True(told is { Counts: true } && told.Position >= new StreamPosition(0, 400), $"{told}");
    }

    [Fact]
    public async Task What_cannot_be_read_goes_to_the_dead_letters_and_all_else_is_stored()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using var sink = site.Open();

        await site.AppendAsync(TestEvent.Frame(0, 2).ToEvent(), new StreamEvent("{ no JSON"u8.ToArray(), 5), TestEvent.Frame(1, 2).ToEvent());
        await site.AppendAsync((TestEvent.Frame(2, 1) with { Detections = [Stored.Detection(5) with { Class = new string('x', 65) }] }).ToEvent());
        await site.AppendAsync((TestEvent.Frame(2, 1) with { Detections = [Stored.Detection(5) with { Camera = null! }] }).ToEvent());
        await site.StoredAsync();

        await CheckFramesAsync(database, 2, 2);
        var letters = await new DeadLetterTable(database).ListAsync(10);
        Assert.Equal(["0:1", "0:3", "0:4"], letters.Select(letter => letter.Place).Order(StringComparer.Ordinal));
        Assert.All(letters, letter => Assert.Equal("tests/topic", letter.Topic));
        Assert.Contains("class must have at most 64 characters, but has 65", letters.Single(letter => letter.Place == "0:3").Fault, StringComparison.Ordinal);
        Assert.Contains("camera is missing", letters.Single(letter => letter.Place == "0:4").Fault, StringComparison.Ordinal);
        Assert.Equal("{ no JSON"u8.ToArray(), await new DeadLetterTable(database).ReadAsync("results/tests", "0:1"));
        await Wait.UntilAsync(() => sink.Status.DeadLetters == 3);
    }

    [Fact]
    public async Task What_the_database_refuses_goes_to_the_dead_letters_and_all_else_is_stored_once()
    {
        var database = test.Open();
        await database.ReadAsync(connection => connection.ExecuteAsync(RefuseZones));
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await site.AppendAsync([.. Enumerable.Range(0, 200).Select(i => (TestEvent.Frame(i, 3) with
        {
            Events = [Stored.Event($"e{i}", i) with { Zone = i % 40 == 7 ? "too long" : "door" }],
        }).ToEvent())]);

        await using var sink = site.Open();
        await site.StoredAsync();

        int[] refused = [7, 47, 87, 127, 167];
        var letters = await new DeadLetterTable(database).ListAsync(10);
        Assert.Equal(refused.Select(i => $"0:{i}").Order(StringComparer.Ordinal), letters.Select(letter => letter.Place).Order(StringComparer.Ordinal));
        Assert.All(letters, letter => Assert.Contains("too long", letter.Fault, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(195, (await new SceneEventTable(database).QueryAsync(new SceneEventFilter { Limit = 1_000 })).Count);
        Assert.Equal(195 * 3, (await new DetectionTable(database).QueryAsync(new DetectionFilter { Limit = 1_000 })).Count);
        Assert.Equal(195 * 3, (await new DetectionTable(database).CountAsync("street", null, 0, long.MaxValue, 86_400_000_000)).Sum(count => count.Detections));
    }

    [Fact]
    public async Task A_frame_that_comes_twice_is_stored_once_also_by_a_sink_that_begins_anew()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using (site.Open())
        {
            // Within a batch, and in a later one.
            await site.AppendAsync([.. new[] { 0, 1, 1, 2, 0, 3 }.Select(i => TestEvent.Frame(i, 3).ToEvent())]);
            await site.AppendAsync([.. Enumerable.Range(4, 100).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
            await site.AppendAsync(TestEvent.Frame(50, 3).ToEvent(), TestEvent.Frame(104, 3).ToEvent());
            await site.StoredAsync();
        }
        await using var second = site.Open();
        await site.AppendAsync([.. new[] { 103, 104, 105, 2 }.Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        await site.StoredAsync();

        await CheckFramesAsync(database, 106);
    }

    [Fact]
    public async Task A_frame_that_comes_late_or_that_another_model_saw_is_no_repeat()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using var sink = site.Open();
        var other = TestEvent.Frame(5, 3);
        await site.AppendAsync([.. new[] { 0, 5, 6, 3 }.Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        await site.AppendAsync((other with { Detections = [.. other.Detections.Select(row => row with { Model = "plates" })] }).ToEvent());
        await site.StoredAsync();

        var rows = await new DetectionTable(database).QueryAsync(new DetectionFilter());
        Assert.Equal(["0 centernet", "3 centernet", "5 centernet", "5 plates", "6 centernet"],
            rows.Where(row => row.Idx == 0).Select(row => $"{row.FrameNumber} {row.Model}").Order(StringComparer.Ordinal));
        Assert.Equal(15, (await new DetectionTable(database).CountAsync("street", null, 0, long.MaxValue, 86_400_000_000)).Sum(count => count.Detections));
    }

    [Fact]
    public async Task Two_sinks_of_one_stream_store_every_row_once()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using var first = site.Open();
        await using var second = site.Open();

        for (var part = 0; part < 10; part++) await site.AppendAsync([.. Enumerable.Range(100 * part, 100).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        await site.StoredAsync();

        await CheckFramesAsync(database, 1_000);
    }

    [Fact]
    public async Task A_stream_that_took_the_place_of_another_is_read_from_its_beginning_and_what_is_known_is_not_counted_twice()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await site.AppendAsync([.. Enumerable.Range(0, 100).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        await using (site.Open()) await site.StoredAsync();

        await site.Store.DeleteAsync(SinkSite.Stream);
        await site.Store.CreateAsync(SinkSite.Stream, new StreamOptions { SegmentBytes = 64 << 10 });
        await site.AppendAsync([.. Enumerable.Range(0, 150).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        // Two runs, since the first may be stopped in the middle of what it reads again.
        await using (site.Open()) await Task.Yield();
        await using (site.Open()) await site.StoredAsync();

        await CheckFramesAsync(database, 150);
    }

    [Fact]
    public async Task A_range_that_the_stream_lost_is_a_gap_in_the_database()
    {
        var database = test.Open();
        await using var site = await SinkSite.OpenAsync(folder.FullName, database);
        await using (site.Open())
        {
            await site.AppendAsync(TestEvent.Frame(0, 3).ToEvent());
            await site.StoredAsync();
        }
        await site.AppendAsync([.. Enumerable.Range(1, 400).Select(i => TestEvent.Frame(i, 3).ToEvent())]);
        await site.Store.TruncateAsync(SinkSite.Stream, new StreamPosition(0, 300));
        var head = (await site.Store.DescribeAsync(SinkSite.Stream))!.Head;
        Assert.InRange(head.Offset, 2, 300);

        await using var sink = site.Open();
        await site.StoredAsync();

        var gap = Assert.Single(await new SiteCatalogue(database, TimeProvider.System).GapsAsync(0, long.MaxValue, 10));
        Assert.Equal(("stream/results/tests", "0:1", head.ToString(), "Truncated"), (gap.Source, gap.FromPlace, gap.ToPlace, gap.Cause));
        Assert.Equal(3 * (1 + 401 - head.Offset), (await new DetectionTable(database).QueryAsync(new DetectionFilter { Limit = 10_000 })).Count);
    }

    internal static async Task CheckFramesAsync(SiteDatabase database, int frames, int detections = 3)
    {
        var rows = await new DetectionTable(database).QueryAsync(new DetectionFilter { Limit = 1_000_000 });
        Assert.Equal(
            [.. from frame in Enumerable.Range(0, frames) from index in Enumerable.Range(0, detections) select ((long)frame, index)],
            rows.Select(row => (row.FrameNumber, row.Idx)));
        Assert.Equal(rows.Count, (await new DetectionTable(database).CountAsync("street", null, 0, long.MaxValue, 60_000_000)).Sum(count => count.Detections));
    }
}
