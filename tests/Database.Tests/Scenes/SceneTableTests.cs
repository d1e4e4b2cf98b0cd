using Weir.Database.Scenes;
using static Weir.Database.Tests.Stored;

namespace Weir.Database.Tests.Scenes;

public sealed class SqliteSceneTableTests() : SceneTableFacts(new SqliteTestDatabase());

public sealed class MySqlSceneTableTests(MySqlServer server) : SceneTableFacts(new MySqlTestDatabase(server));

public abstract class SceneTableFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly SiteDatabase database;
    private readonly TrackTable tracks;
    private readonly SceneEventTable events;

    protected SceneTableFacts(TestDatabase test)
    {
        this.test = test;
        database = test.Open();
        tracks = new TrackTable(database);
        events = new SceneEventTable(database);
    }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_newest_row_of_a_track_counts()
    {
        var begun = Track(1, 100) with { IsOver = false };
        var over = begun with { LastTime = 200, IsOver = true, Zone = "door", ReadText = "B AB 123", Evidence = new string('a', 64), FrameEvidence = new string('b', 64) };

        await TracksAsync(database, begun);
        await TracksAsync(database, over);

        Assert.Equal(over, await tracks.FindAsync("street", 1));
        Assert.Null(await tracks.FindAsync("street", 2));
        Assert.Null(await tracks.FindAsync("yard", 1));
    }

    [Fact]
    public async Task Tracks_come_by_camera_class_and_time_newest_first_and_each_once_over_the_pages()
    {
        List<TrackRow> all = [.. from time in Enumerable.Range(0, 10) from camera in new[] { "street", "yard" } from track in Enumerable.Range(0, 3)
            select Track(10 * time + track, time) with { Camera = camera, Class = track == 0 ? "car" : "person" }];
        await TracksAsync(database, all);
        all.Reverse();

        await PagesAsync(all, new TrackFilter { Limit = 7 });
        await PagesAsync(all.Where(row => row is { Camera: "yard", Class: "person", FirstTime: >= 2 and < 8 }),
            new TrackFilter { Camera = "yard", Class = "person", From = 2, To = 8, Limit = 4 });
        await PagesAsync(all.Where(row => row.Class == "car"), new TrackFilter { Class = "car", Limit = 3 });

        async Task PagesAsync(IEnumerable<TrackRow> expected, TrackFilter filter)
        {
            var seen = new List<TrackRow>();
            while (await tracks.QueryAsync(filter) is { Count: > 0 } page)
            {
                seen.AddRange(page);
                filter = filter with { After = (page[^1].FirstTime, page[^1].Camera, page[^1].Track) };
            }
            Assert.Equal(expected, seen);
        }
    }

    [Fact]
    public async Task Events_come_by_camera_kind_zone_and_time_newest_first_and_each_once_over_the_pages()
    {
        List<SceneEventRow> all = [.. Enumerable.Range(0, 30).Select(i => Event($"e{i:00}", i / 3) with
        {
            Camera = i % 2 == 0 ? "street" : "yard", Kind = i % 3 == 0 ? "line" : "enter", Zone = i % 5 == 0 ? null : "door", Direction = "in", Amount = i / 4.0,
        })];
        await EventsAsync(database, all);
        await EventsAsync(database, all[3] with { Message = "A repeat changes nothing." });
        all.Reverse();

        await PagesAsync(all, new SceneEventFilter { Limit = 7 });
        await PagesAsync(all.Where(row => row is { Camera: "yard", HappenedAt: >= 2 and < 8 }), new SceneEventFilter { Camera = "yard", From = 2, To = 8, Limit = 4 });
        await PagesAsync(all.Where(row => row.Kind == "line"), new SceneEventFilter { Kind = "line", Limit = 3 });
        await PagesAsync(all.Where(row => row is { Zone: "door", Camera: "street" }), new SceneEventFilter { Zone = "door", Camera = "street", Limit = 3 });
        Assert.Equal(all[0], await events.FindAsync("e29"));
        Assert.Null(await events.FindAsync("e30"));
        Assert.Equal(15, (await events.OfTrackAsync("street", 7)).Count);

        async Task PagesAsync(IEnumerable<SceneEventRow> expected, SceneEventFilter filter)
        {
            var seen = new List<SceneEventRow>();
            while (await events.QueryAsync(filter) is { Count: > 0 } page)
            {
                seen.AddRange(page);
                filter = filter with { After = (page[^1].HappenedAt, page[^1].Id) };
            }
            Assert.Equal(expected, seen);
        }
    }

    [Fact]
    public async Task An_event_is_found_by_the_words_of_its_message()
    {
        await EventsAsync(database, Event("a", 1), Event("b", 2) with { Message = "Zürich: a CAR left the zone." });

        Assert.Equal(["b", "a"], (await events.SearchAsync("zone", 0, 10, 10)).Select(row => row.Id));
        Assert.Equal(["b"], (await events.SearchAsync("car ZÜRICH", 0, 10, 10)).Select(row => row.Id));
        Assert.Equal(["a"], (await events.SearchAsync("zone", 0, 2, 10)).Select(row => row.Id));
        Assert.Empty(await events.SearchAsync("person car", 0, 10, 10));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        var kind = text[..Math.Min(16, text.Length)];
        var odd = Event(text, 5) with { Camera = text, Kind = kind, Zone = text, Class = text, Direction = kind, Message = text, Attributes = text };
        var track = Track(1, 5) with { Camera = text, Class = text, Zone = text, ReadText = text, Attributes = text };
        await EventsAsync(database, odd, Event("plain", 5));
        await TracksAsync(database, track, Track(1, 5));

        Assert.Equal(odd, await events.FindAsync(text));
        Assert.Equal([odd], await events.QueryAsync(new SceneEventFilter { Camera = text, Kind = kind, Zone = text }));
        Assert.Contains(odd, await events.SearchAsync(text, 0, 10, 10));
        Assert.Equal([odd], await events.OfTrackAsync(text, 7));
        Assert.Equal([track], await tracks.QueryAsync(new TrackFilter { Camera = text, Class = text }));
        Assert.Equal(track, await tracks.FindAsync(text, 1));
    }
}
