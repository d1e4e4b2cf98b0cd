using System.Text.Json;
using Orleans.Runtime;
using Orleans.Streams;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Results;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Grains.Tests.Results;

public sealed class SqliteResultTests() : ResultFacts(null);

public sealed class MariaDbResultTests(MariaDb server) : ResultFacts(server.CreateDatabase()), IClassFixture<MariaDb>;

/// <summary>What cameras publish, from the stream over the decoder and the sink to the answers out of the database.</summary>
public abstract class ResultFacts(string? database) : IDisposable
{
    private const long Second = 1_000_000;
    private const long Start = 1_790_000_000 * Second;
    private static readonly string Sha = new('a', 64);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-results-");

    public void Dispose()
    {
        folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_track_is_asked_for_as_it_was_told_and_the_last_word_on_it_counts()
    {
        await using var site = await TestSite.StartAsync(folder.FullName, database);
        var tracks = Stream<TrackSummary>(site, DetectionStreams.Tracks);
        await tracks.OnNextAsync(Track(7) with { Detections = 3 });
        await tracks.OnNextAsync(Track(7));
        await tracks.OnNextAsync(Track(8) with { Class = "car", FirstTime = Start + 60 * Second, Zones = [], Attributes = [], Picture = null, FramePicture = null });

        var page = await Answers.UntilAsync(() => Results(site).QueryTracksAsync(new TrackQuery { Camera = "street" }), page => page.Rows is [_, { Sightings: 40 }]);

        var person = page.Rows[1];
        Assert.Equal((7L, "person", 0.75f, "yard", "B AB 123", Sha, Sha), (person.Track, person.Class, person.BestScore, person.Zone, person.Text, person.Evidence, person.FrameEvidence));
        Assert.Equal((At(0), At(5), At(3), true), (person.First, person.Last, person.BestTime, person.IsOver));
        Assert.Equal(new Box(0.25f, 0.5f, 0.75f, 1f), person.Box);
        var told = JsonSerializer.Deserialize<JsonElement>(person.Attributes!);
        Assert.Equal(["door", "yard"], told.GetProperty("zones").EnumerateArray().Select(zone => zone.GetString()));
        Assert.Equal(("B AB 123", 0.9), (told.GetProperty("attributes").GetProperty("plate").GetProperty("value").GetString(), Math.Round(told.GetProperty("attributes").GetProperty("plate").GetProperty("score").GetDouble(), 3)));
        Assert.Equal(100, told.GetProperty("path").GetArrayLength());
        Assert.Equal([8L], (await Results(site).QueryTracksAsync(new TrackQuery { Class = "car" })).Rows.Select(track => track.Track));
        Assert.Equal([7L], (await Results(site).QueryTracksAsync(new TrackQuery { To = Start + Second })).Rows.Select(track => track.Track));
    }

    [Fact]
    public async Task Scene_events_are_asked_for_by_kind_zone_and_words_and_a_repeat_changes_nothing()
    {
        await using var site = await TestSite.StartAsync(folder.FullName, database);
        var events = Stream<SceneEvent>(site, DetectionStreams.SceneEvents);
        var entered = Happened(0, SceneEventKind.Enter);
        SceneEvent[] all =
        [
            entered, entered, entered with { Index = 1, Kind = SceneEventKind.CountOver, Count = 4, Text = "Four in the door." },
            Happened(1, SceneEventKind.Loitering) with { Seconds = 12.5, Picture = Sha, Text = "Somebody loiters." },
            Happened(2, SceneEventKind.LineCrossed) with { Zone = "gate", Direction = "in", Count = 9, Text = "A person crossed the gate." },
            Happened(3, SceneEventKind.CameraMoved) with { Zone = null, Class = null, Track = null, Text = "The camera was moved." },
        ];
        foreach (var one in all) await events.OnNextAsync(one);

        var page = await Answers.UntilAsync(() => Results(site).QueryEventsAsync(new SceneEventQuery()), page => page.Rows.Count >= 5);

        Assert.Equal(["camera-moved", "line", "loiter", "count-over", "enter"], page.Rows.Select(one => one.Kind));
        Assert.Equal(
            [(null, null, null), ("in", 9, null), (null, 12.5, Sha), (null, 4, null), (null, null, null)],
            page.Rows.Select(one => (one.Direction, one.Amount, one.Evidence)));
        Assert.Equal((null, null, null), (page.Rows[0].Zone, page.Rows[0].Class, page.Rows[0].Track));
        Assert.Equal(("door", "person", 7L, At(0), "street"), (page.Rows[4].Zone, page.Rows[4].Class, page.Rows[4].Track, page.Rows[4].Time, page.Rows[4].Camera));
        Assert.Equal("line", Assert.Single((await Results(site).QueryEventsAsync(new SceneEventQuery { Zone = "gate" })).Rows).Kind);
        Assert.Equal("loiter", Assert.Single((await Results(site).QueryEventsAsync(new SceneEventQuery { Kind = "loiter" })).Rows).Kind);
        Assert.Equal("count-over", Assert.Single((await Results(site).QueryEventsAsync(new SceneEventQuery { Text = "DOOR four" })).Rows).Kind);
    }

    [Fact]
    public async Task A_frame_that_is_published_twice_is_there_once_also_after_a_restart()
    {
        await using (var site = await TestSite.StartAsync(folder.FullName, database))
        {
            var frames = Stream<FrameDetections>(site, DetectionStreams.Namespace);
            foreach (var number in (int[])[0, 1, 1, 2, 0]) await frames.OnNextAsync(Frame(number));
            // Another model may look at the same frame, and one that comes late is new all the same.
            await frames.OnNextAsync(Frame(1) with { Model = "plates" });
            await frames.OnNextAsync(Frame(0) with { FrameTime = Start - Second });
            await Answers.UntilAsync(() => DetectionsAsync(site), rows => rows.Count >= 10);
        }

        await using var again = await TestSite.StartAsync(folder.FullName, database);
        var more = Stream<FrameDetections>(again, DetectionStreams.Namespace);
        foreach (var number in (int[])[2, 3]) await more.OnNextAsync(Frame(number));

        var rows = await Answers.UntilAsync(() => DetectionsAsync(again), rows => rows.Any(row => row.FrameNumber == 3));
        Assert.Equal(
            ["-1 centernet", "0 centernet", "1 centernet", "1 plates", "2 centernet", "3 centernet"],
            rows.Where(row => row.Index == 0).Select(row => $"{(row.FrameTime - Start) / Second} {row.Model}").Order(StringComparer.Ordinal));
        Assert.Equal(12, rows.Count);
        var counts = await Results(again).CountDetectionsAsync(new CountQuery { From = Start - Second, To = Start + 60 * Second });
        Assert.Equal(12, counts.Sum(count => count.Detections));
    }

    [Fact]
    public async Task What_cannot_be_stored_goes_to_the_dead_letters_with_the_reason_and_all_else_is_there()
    {
        await using var site = await TestSite.StartAsync(folder.FullName, database);
        await Stream<TrackSummary>(site, DetectionStreams.Tracks).OnNextAsync(Track(1) with { Class = new string('x', 65) });
        await Stream<TrackSummary>(site, DetectionStreams.Tracks).OnNextAsync(Track(2) with { Camera = new string('c', 65) });
        // A stream has one type, so what is no scene event is in one of its own.
        await site.Detections.GetStream<string>(StreamId.Create(DetectionStreams.SceneEvents, "yard")).OnNextAsync("no scene event");
        await Stream<SceneEvent>(site, DetectionStreams.SceneEvents).OnNextAsync(Happened(0, SceneEventKind.Enter) with { Text = new string('t', 2_001) });
        // Two of a name, and a text that goes on and on, are no reason to lose what else is known.
        DetectionAttribute[] odd = [Plate("B AB 1", 0.2f), Plate("B AB 2", 0.8f), new("note", new string('n', 20_000), 0.5f, null, "m")];
        await Stream<FrameDetections>(site, DetectionStreams.Namespace).OnNextAsync(Frame(0) with { Detections = [Seen("car") with { Attributes = odd }] });
        await Stream<TrackSummary>(site, DetectionStreams.Tracks).OnNextAsync(Track(3) with { Attributes = odd });

        var letters = await Answers.UntilAsync(() => Results(site).ListDeadLettersAsync(), letters => letters.Count >= 4);
        var tracks = await Answers.UntilAsync(() => Results(site).QueryTracksAsync(new TrackQuery()), page => page.Rows.Count > 0);
        var detections = await Answers.UntilAsync(() => DetectionsAsync(site), rows => rows.Count > 0);

        Assert.Equal(4, letters.Count);
        Assert.Equal(["scene-events/street", "scene-events/yard", "tracks/street", "tracks/street"], letters.Select(letter => letter.Topic).Order(StringComparer.Ordinal));
        Assert.Contains(letters, letter => letter.Fault.Contains("class must have at most 64 characters, but has 65", StringComparison.Ordinal));
        Assert.Contains(letters, letter => letter.Fault.Contains("message must have at most 2000 characters", StringComparison.Ordinal));
        Assert.Equal(3, Assert.Single(tracks.Rows).Track);
        var kept = JsonSerializer.Deserialize<JsonElement>(Assert.Single(detections).Attributes!);
        Assert.Equal(("B AB 2", 1_000), (kept.GetProperty("plate").GetProperty("value").GetString(), kept.GetProperty("note").GetProperty("value").GetString()!.Length));
        Assert.Empty((await Results(site).QueryEventsAsync(new SceneEventQuery())).Rows);
    }

    private static IResultsGrain Results(TestSite site) => site.Grains.GetGrain<IResultsGrain>(ISiteGrain.Key);

    private static async Task<IReadOnlyList<StoredDetection>> DetectionsAsync(TestSite site) =>
        (await Results(site).QueryDetectionsAsync(new DetectionQuery { Camera = "street" })).Rows;

    private static IAsyncStream<T> Stream<T>(TestSite site, string name) => site.Detections.GetStream<T>(StreamId.Create(name, "street"));

    private static DateTimeOffset At(int second) => DateTimeOffset.UnixEpoch.AddTicks((Start + second * Second) * TimeSpan.TicksPerMicrosecond);

    private static DetectionAttribute Plate(string text, float score) => new("plate", text, score, new Box(0, 0, 1, 1), "plates 1");

    private static Detection Seen(string name) => new(name, 0.9f, new Box(0.1f, 0.2f, 0.3f, 0.4f));

    private static FrameDetections Frame(int number) => new()
    {
        Camera = "street", FrameNumber = number, FrameTime = Start + number * Second, Model = "centernet", ModelVersion = "1",
        Detections = [Seen("person"), Seen("car")],
    };

    private static TrackSummary Track(long track) => new()
    {
        Camera = "street", Track = track, Class = "person", FirstTime = Start, LastTime = Start + 5 * Second, Detections = 40, BestScore = 0.75f,
        BestTime = Start + 3 * Second, BestBox = new Box(0.25f, 0.5f, 0.75f, 1f), Zones = ["door", "yard"], Attributes = [Plate("B AB 123", 0.9f)],
        Path = [.. Enumerable.Range(0, 100).Select(i => new PathPoint(Start + i, i / 100f, 1 - i / 100f))], Picture = Sha, FramePicture = Sha,
        Model = "centernet", ModelVersion = "1",
    };

    private static SceneEvent Happened(int second, SceneEventKind kind) => new()
    {
        Camera = "street", FrameTime = Start + second * Second, Index = 0, FrameNumber = second, Kind = kind, Zone = "door", Track = 7, Class = "person",
        Score = 0.9f, Box = new Box(0, 0, 1, 1), Text = "A person entered the zone door.", Model = "centernet", ModelVersion = "1",
    };
}
