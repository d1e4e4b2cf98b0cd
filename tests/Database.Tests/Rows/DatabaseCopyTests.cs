using Orleans;
using Orleans.Runtime;
using Weir.Database.Alarms;
using Weir.Database.Detections;
using Weir.Database.Evidence;
using Weir.Database.GrainState;
using Weir.Database.Reminders;
using Weir.Database.Rows;
using Weir.Database.Scenes;
using Weir.Database.Site;

namespace Weir.Database.Tests.Rows;

/// <summary>A site moves from SQLite to a server, and back.</summary>
public sealed class MySqlDatabaseCopyTests(MySqlServer server) : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly GrainId Grain = GrainId.Create("meter", "one");

    private readonly SqliteTestDatabase file = new();
    private readonly MySqlTestDatabase remote = new(server);
    private readonly SqliteTestDatabase back = new();

    public void Dispose()
    {
        file.Dispose();
        remote.Dispose();
        back.Dispose();
    }

    [Fact]
    public async Task Everything_a_site_has_is_there_after_the_way_to_a_server_and_back_however_often_it_goes()
    {
        var source = file.Open();
        await Stored.DetectionsAsync(source, [.. Enumerable.Range(0, 1_100).Select(i => Stored.Detection(i) with { Score = 0.1f + i / 2_000f, ReadText = "B AB 123", Zone = "door" })]);
        await Stored.TracksAsync(source, Stored.Track(1, 5));
        await Stored.EventsAsync(source, Stored.Event("e", 5));
        var evidence = new EvidenceStore(source, TimeProvider.System);
        var pieces = await evidence.PutAsync([.. Enumerable.Range(0, 5).Select(i => (ReadOnlyMemory<byte>)Enumerable.Repeat((byte)i, 3 << 20).ToArray())], "image/jpeg");
        var catalogue = new SiteCatalogue(source, TimeProvider.System);
        await catalogue.PutCameraAsync("street", "Street", "{}");
        var alarms = new AlarmTable(source);
        await alarms.RaiseAsync("1", "camera/street", "stale", "no frames: 'Zürich' 🎥", Noon);
        await alarms.ClearAsync("camera/street", "stale", Noon.AddMinutes(1));
        await alarms.RaiseAsync("2", "camera/street", "stale", "no frames", Noon.AddMinutes(2));
        await new SqlGrainStorage(source, TimeProvider.System).WriteStateAsync("count", Grain, new GrainState<int[]> { State = [1, 2, 3] });
        var etag = await new SqlReminderTable(source).UpsertRow(
            new ReminderEntry { GrainId = Grain, ReminderName = "count", StartAt = Noon.UtcDateTime, Period = TimeSpan.FromMinutes(1) });

        for (var time = 0; time < 2; time++)
        {
            var copied = await DatabaseCopy.RunAsync(source, remote.Open(), TestContext.Current.CancellationToken);
            Assert.Equal(
            [
                ("cameras", 1L), ("evidence_content", 5), ("evidence", 5), ("detections", 1_100), ("detection_words", 3_300), ("detection_zones", 1_100), ("detection_counts", 4), ("detection_counts_of_site", 4),
                ("tracks", 1), ("scene_events", 1), ("scene_event_words", 6), ("alarms", 2), ("alarm_history", 3), ("audit", 1), ("grain_state", 1), ("reminders", 1),
            ], copied.Where(table => table.Rows > 0));
        }
        await DatabaseCopy.RunAsync(remote.Open(), back.Open(), TestContext.Current.CancellationToken);

        foreach (var target in new[] { remote.Open(), back.Open() })
        {
            var all = new DetectionFilter { Limit = 10_000 };
            Assert.Equal(await new DetectionTable(source).QueryAsync(all), await new DetectionTable(target).QueryAsync(all));
            Assert.Equal(await new DetectionTable(source).SearchAsync("123 ab", 0, 10, 10), await new DetectionTable(target).SearchAsync("123 ab", 0, 10, 10));
            Assert.Equal(1_100, (await new DetectionTable(target).CountAsync("street", null, 0, 1, 60_000_000)).Single().Detections);
            Assert.Equal(await new DetectionTable(source).QueryAsync(all), await new DetectionTable(target).QueryAsync(all with { Zone = "door" }));
            Assert.Equal(1_100, (await new DetectionTable(target).CountAsync(null, null, 0, 1, 60_000_000)).Single().Detections);
            Assert.Equal(Stored.Track(1, 5), await new TrackTable(target).FindAsync("street", 1));
            Assert.Equal(Stored.Event("e", 5), await new SceneEventTable(target).FindAsync("e"));
            foreach (var piece in pieces)
            {
                Assert.Equal(await evidence.FindAsync(piece), await new EvidenceStore(target, TimeProvider.System).FindAsync(piece));
                Assert.Equal(await evidence.ReadAsync(piece), await new EvidenceStore(target, TimeProvider.System).ReadAsync(piece));
            }
            Assert.Equal(await alarms.ListAsync(Noon, 10), await new AlarmTable(target).ListAsync(Noon, 10));
            var state = new GrainState<int[]>();
            await new SqlGrainStorage(target, TimeProvider.System).ReadStateAsync("count", Grain, state);
            Assert.Equal([1, 2, 3], state.State!);
            Assert.Equal(etag, (await new SqlReminderTable(target).ReadRow(Grain, "count"))?.ETag);
        }
    }
}
