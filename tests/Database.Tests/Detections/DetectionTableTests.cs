using Weir.Database.Detections;
using static Weir.Database.Tests.Stored;

namespace Weir.Database.Tests.Detections;

public sealed class SqliteDetectionTableTests() : DetectionTableFacts(new SqliteTestDatabase());

public sealed class MySqlDetectionTableTests(MySqlServer server) : DetectionTableFacts(new MySqlTestDatabase(server));

public abstract class DetectionTableFacts : IDisposable
{
    private const long Minute = 60_000_000;

    private readonly TestDatabase test;
    private readonly SiteDatabase database;
    private readonly DetectionTable table;

    protected DetectionTableFacts(TestDatabase test)
    {
        this.test = test;
        database = test.Open();
        table = new DetectionTable(database);
    }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    // Few rows go by an INSERT, many by what is faster there.
    [Theory]
    [InlineData(2)]
    [InlineData(1_234)]
    public async Task A_row_that_is_there_already_stays_as_it_is(int count)
    {
        List<DetectionRow> rows = [.. Enumerable.Range(0, count).Select(i => Detection(i))];

        await DetectionsAsync(database, rows);
        await DetectionsAsync(database, [.. rows.Select(row => row with { Score = 0.1f })]);

        var stored = await table.QueryAsync(new DetectionFilter { Limit = 10_000 });
        Assert.Equal(rows, stored);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task What_was_stored_comes_back_as_it_was(int count)
    {
        List<DetectionRow> rows = [.. Enumerable.Range(0, count).Select(i => Detection(1_732_310_000_123_456 + i, 3) with
        {
            FrameNumber = 42, BoxLeft = 0.1f, BoxTop = 1e-20f, BoxRight = 0.7f, BoxBottom = 1f, Score = 0.33333334f, StreamNo = -3,
            StreamPosition = (7L << 48) + i, Track = i % 2 == 0 ? long.MinValue : null, Zone = i % 2 == 0 ? "" : null, ReadText = "B AB 123",
            Attributes = """{"text": "a\tb\\n\"c\" \u0000"}""", StoredAt = 17,
        })];

        await DetectionsAsync(database, rows);

        Assert.Equal(rows, await table.QueryAsync(new DetectionFilter { Camera = "street" }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_by_place_give_every_row_once_in_order(bool isNewestFirst)
    {
        // Several streams have rows of one frame time, and a stream several at one time.
        List<DetectionRow> all = [.. from time in Enumerable.Range(0, 20) from stream in Enumerable.Range(1, 2) from position in Enumerable.Range(5, 2)
            from index in Enumerable.Range(0, 2) select Detection(time, index) with { StreamNo = stream, StreamPosition = position }];
        await DetectionsAsync(database, [.. all.OrderBy(row => row.Idx)]);
        if (isNewestFirst) all.Reverse();

        var seen = new List<DetectionKey>();
        var filter = new DetectionFilter { Camera = "street", IsNewestFirst = isNewestFirst, Limit = 7 };
        while (await table.QueryAsync(filter) is { Count: > 0 } page)
        {
            seen.AddRange(page.Select(row => row.Key));
            filter = filter with { After = page[^1].Key };
        }

        Assert.Equal(all.Select(row => row.Key), seen);
    }

    [Fact]
    public async Task A_query_takes_from_but_not_to_and_only_what_is_asked_for()
    {
        await DetectionsAsync(database,
        [
            Detection(9), Detection(10), Detection(10, 1) with { Class = "car", Zone = "door" }, Detection(11) with { Camera = "yard", Class = "car" },
            Detection(12) with { Track = 4 }, Detection(20),
        ]);

        await FindsAsync([10, 10, 11, 12], new DetectionFilter { From = 10, To = 20 });
        await FindsAsync([10, 10, 12], new DetectionFilter { From = 10, To = 20, Camera = "street" });
        await FindsAsync([10, 11], new DetectionFilter { Class = "car" });
        await FindsAsync([10], new DetectionFilter { Class = "car", Camera = "street" });
        await FindsAsync([10], new DetectionFilter { Zone = "door" });
        await FindsAsync([20], new DetectionFilter { Camera = "street", IsNewestFirst = true, Limit = 1 });
        await FindsAsync([12], new DetectionFilter { Camera = "street", Track = 4 });
        await FindsAsync([], new DetectionFilter { Camera = "nowhere" });
        await Assert.ThrowsAsync<ArgumentException>(() => table.QueryAsync(new DetectionFilter { Track = 4 }));
    }

    [Fact]
    public async Task Of_a_track_that_is_known_only_its_time_is_looked_through()
    {
        await DetectionsAsync(database, [.. Enumerable.Range(0, 100).Select(i => Detection(i) with { Track = i is >= 20 and <= 30 or 90 ? 4 : 1 })]);

        await TracksAsync(database, Track(4, 20));

        await FindsAsync([.. Enumerable.Range(20, 11).Select(i => (long)i)], new DetectionFilter { Camera = "street", Track = 4 });
    }

    [Fact]
    public async Task A_text_is_found_by_its_words_newest_first()
    {
        await DetectionsAsync(database,
        [
            Detection(1) with { ReadText = "B-AB 123" }, Detection(2) with { ReadText = "京A12345" }, Detection(3) with { ReadText = "b ab 999" },
            Detection(4),
        ]);

        await FindsTextAsync([3, 1], "AB b");
        await FindsTextAsync([1], "123 ab");
        await FindsTextAsync([2], "京");
        await FindsTextAsync([2], "京a12345");
        await FindsTextAsync([], "12");
        await FindsTextAsync([], "' OR 1=1 --");
        await FindsTextAsync([], "--");
        Assert.Equal([3], (await table.SearchAsync("b", 2, 4, 10)).Select(row => row.FrameTime));
    }

    [Fact]
    public async Task A_word_that_all_have_is_looked_up_for_those_of_a_rare_one()
    {
        await DetectionsAsync(database, [.. Enumerable.Range(0, 3_000).Select(i => Detection(i) with { ReadText = i == 7 ? "AB 777" : $"AB {i % 3}" })]);

        foreach (var text in (string[])["ab 777", "777 ab"]) Assert.Equal([7], (await table.SearchAsync(text, 0, 10_000, 10)).Select(row => row.FrameTime));
        Assert.Equal([2_999, 2_996, 2_993], (await table.SearchAsync("ab 2", 0, 10_000, 3)).Select(row => row.FrameTime));
        Assert.Empty(await table.SearchAsync("777 ab 1", 0, 10_000, 10));
    }

    [Fact]
    public async Task A_second_counts_the_most_objects_on_one_frame()
    {
        await DetectionsAsync(database,
        [
            Detection(5_000_000), Detection(5_000_000, 1), Detection(5_000_000, 2) with { Class = "car" },
            Detection(5_500_000), Detection(5_500_000, 1), Detection(5_500_000, 2),
            Detection(6_000_000),
        ]);

        var counts = await table.CountBySecondAsync("street", 0, long.MaxValue);

        Assert.Equal([(5, "car", 1), (5, "person", 3), (6L, "person", 1L)], counts.Select(count => (count.Second, count.Class, count.Count)));
        Assert.Empty(await table.CountBySecondAsync("yard", 0, long.MaxValue));
    }

    [Fact]
    public async Task Counts_by_interval_say_what_the_rows_say()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 600).Select(i => Detection(i * 20_000_000L) with
        {
            Class = random.Next(2) == 0 ? "car" : "person", Camera = random.Next(2) == 0 ? "street" : "yard",
        }).SelectMany(row => Enumerable.Range(0, random.Next(1, 4)).Select(i => row with { Idx = i })).ToList();
        // In several batches, so that what is there is added to; a frame is in one of them, as it is in the sink.
        foreach (var batch in rows.GroupBy(row => row.FrameTime).Chunk(30)) await DetectionsAsync(database, [.. batch.SelectMany(frame => frame)]);

        foreach (var (camera, width) in new[] { ((string?)null, Minute), ("street", 5 * Minute), ("street", 10 * Minute), (null, 30 * Minute), ("yard", 60 * Minute), (null, 120 * Minute), ("street", 1440 * Minute) })
        {
            var expected = rows.Where(row => camera is null || row.Camera == camera).GroupBy(row => (row.FrameTime - row.FrameTime % width, row.Class))
                .Select(group => new IntervalCount(
                    group.Key.Item1, group.Key.Class, group.Count(), group.GroupBy(row => (row.Camera, row.FrameTime)).Max(frame => frame.Count())))
                .OrderBy(count => count.Start).ThenBy(count => count.Class, StringComparer.Ordinal);
            Assert.Equal(expected, await table.CountAsync(camera, null, 0, long.MaxValue, width));
            Assert.Equal(expected.Where(count => count.Class == "car"), await table.CountAsync(camera, "car", 0, long.MaxValue, width));
        }
        await Assert.ThrowsAsync<ArgumentException>(() => table.CountAsync(null, null, 0, 1, 90_000_000));
    }

    [Fact]
    public async Task The_interval_that_a_range_ends_in_is_counted_whole()
    {
        await DetectionsAsync(database, [Detection(10 * Minute), Detection(70 * Minute), Detection(119 * Minute), Detection(120 * Minute)]);

        foreach (var camera in (string?[])["street", null])
        {
            Assert.Equal([(0L, 3L)], (await table.CountAsync(camera, null, 5 * Minute, 30 * Minute, 120 * Minute)).Select(count => (count.Start, count.Detections)));
            Assert.Equal([(0L, 1L)], (await table.CountAsync(camera, null, 5 * Minute, 60 * Minute, 60 * Minute)).Select(count => (count.Start, count.Detections)));
        }
    }

    [Fact]
    public async Task All_that_store_rows_of_the_same_interval_at_once_are_counted()
    {
        var databases = Enumerable.Range(0, 4).Select(_ => test.Open()).ToList();

        await Task.WhenAll(databases.Select((one, writer) => Task.Run(async () =>
        {
            for (var batch = 0; batch < 10; batch++)
            {
                await DetectionsAsync(one, [.. Enumerable.Range(0, 20).Select(i => Detection((batch * 20 + i) * 1_000L, writer) with
                {
                    Camera = $"c{writer}", Class = i % 2 == 0 ? "car" : "person",
                })]);
            }
        })));

        Assert.Equal([("car", 400), ("person", 400L)], (await table.CountAsync(null, null, 0, 1, Minute)).Select(count => (count.Class, count.Detections)));
        Assert.Equal([("car", 100), ("person", 100L)], (await table.CountAsync("c2", null, 0, 1, 1440 * Minute)).Select(count => (count.Class, count.Detections)));
    }

    [Fact]
    public async Task Two_that_store_the_same_rows_at_once_store_each_once()
    {
        var rows = Enumerable.Range(0, 2_000).Select(i => Detection(i)).ToList();
        var databases = Enumerable.Range(0, 4).Select(_ => test.Open()).ToList();

        // In different orders, so that they get into each other's way.
        await Task.WhenAll(databases.Select((one, i) => Task.Run(() => one.WriteAsync((connection, transaction) =>
        {
            one.Insert(connection, transaction, DetectionTables.Detections, i % 2 == 0 ? rows : [.. rows.AsEnumerable().Reverse()]);
            return Task.FromResult(true);
        }))));

        Assert.Equal(2_000, (await table.QueryAsync(new DetectionFilter { Limit = 10_000 })).Count);
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        List<DetectionRow> odd = [.. Enumerable.Range(0, 250).Select(i => Detection(i) with
        {
            Camera = text, Model = text, ModelVersion = text, Class = text, Zone = text, ReadText = text, Attributes = text,
        })];
        await DetectionsAsync(database, [odd[0]]);
        await DetectionsAsync(database, [.. odd.Skip(1), Detection(1_000)]);

        Assert.Equal(odd, await table.QueryAsync(new DetectionFilter { Camera = text, Class = text }));
        Assert.Equal(odd, await table.QueryAsync(new DetectionFilter { Zone = text }));
        Assert.Equal(250, (await table.SearchAsync(text, 0, 2_000, 1_000)).Count(row => row.ReadText == text));
        Assert.Single(await table.QueryAsync(new DetectionFilter { Camera = "street" }));
        Assert.Equal((text, 250), (await table.CountAsync(text, text, 0, 1, Minute)).Select(count => (count.Class, (int)count.Detections)).Single());
        Assert.Equal(text, (await table.CountBySecondAsync(text, 0, 100)).Single().Class);
    }

    private async Task FindsAsync(long[] times, DetectionFilter filter) =>
        Assert.Equal(times, (await table.QueryAsync(filter)).Select(row => row.FrameTime));

    private async Task FindsTextAsync(long[] times, string text) =>
        Assert.Equal(times, (await table.SearchAsync(text, 0, 100, 100)).Select(row => row.FrameTime));
}
