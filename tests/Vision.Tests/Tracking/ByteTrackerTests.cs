using Weir.Vision.Models;
using Weir.Vision.Tracking;

namespace Weir.Vision.Tests.Tracking;

/// <summary>The tracker on boxes that move as the test says.</summary>
public sealed class ByteTrackerTests
{
    private const float Threshold = 0.4f;
    private const long Frame = 100_000;
    private static readonly PictureSize Picture = new(768, 576);
    private readonly ByteTracker tracker = new(new TrackingOptions());
    private long time;

    [Fact]
    public void An_object_is_a_track_from_its_third_frame_on()
    {
        var ids = Enumerable.Range(0, 5).Select(n => Step(Person(0.1f + 0.01f * n))[0]).ToList();

        Assert.Equal([null, null], ids.Take(2));
        Assert.NotNull(ids[2]);
        Assert.Equal([ids[2], ids[2]], ids.Skip(3));
    }

    [Fact]
    public void Two_who_pass_each_other_keep_their_ids()
    {
        var (left, right) = (new List<long?>(), new List<long?>());
        for (var n = 0; n < 40; n++)
        {
            var ids = Step(Person(0.2f + 0.012f * n, 0.5f), Person(0.68f - 0.012f * n, 0.53f));
            left.Add(ids[0]);
            right.Add(ids[1]);
        }

        Assert.Single(left.Skip(2).Distinct());
        Assert.Single(right.Skip(2).Distinct());
        Assert.NotEqual(left[^1], right[^1]);
    }

    [Fact]
    public void One_who_is_hidden_for_a_moment_is_the_same()
    {
        for (var n = 0; n < 20; n++) Step(Person(0.1f + 0.01f * n));
        var before = Assert.Single(tracker.Confirmed).Id;
        for (var n = 20; n < 32; n++) Assert.Empty(Step());
        Assert.True(Assert.Single(tracker.Confirmed).IsLost);

        var after = Step(Person(0.1f + 0.01f * 32));

        Assert.Equal(before, after[0]);
    }

    [Fact]
    public void One_who_was_away_for_long_is_another_and_the_first_has_ended()
    {
        for (var n = 0; n < 10; n++) Step(Person(0.5f));
        var first = Assert.Single(tracker.Confirmed).Id;
        for (var n = 0; n < 25; n++) Step();

        var ended = Assert.Single(tracker.TakeEnded());
        Assert.Equal((first, 10, 1_000_000), (ended.Id, ended.Hits, ended.LastTime));
        Assert.Empty(tracker.TakeEnded());
        for (var n = 0; n < 3; n++) Step(Person(0.5f));
        Assert.True(Assert.Single(tracker.Confirmed).Id > first);
    }

    [Fact]
    public void A_weak_detection_carries_a_track_on_and_begins_none()
    {
        for (var n = 0; n < 5; n++) Step(Person(0.3f + 0.01f * n));
        var id = Assert.Single(tracker.Confirmed).Id;

        for (var n = 5; n < 20; n++) Assert.Equal([id, null], Step(Person(0.3f + 0.01f * n, score: 0.25f), Person(0.8f, score: 0.25f)));

        Assert.Equal(id, Assert.Single(tracker.Confirmed).Id);
    }

    [Fact]
    public void Another_class_is_another_object()
    {
        for (var n = 0; n < 5; n++) Step(Person(0.3f));
        var ids = Step(Person(0.3f) with { Class = "car", ClassIndex = 2 });

        Assert.Equal([null], ids);
    }

    [Fact]
    public void A_small_object_that_is_quick_for_the_frame_rate_is_held()
    {
        // From frame to frame it moves by its whole width, so that its boxes never overlap.
        var ids = Enumerable.Range(0, 12).Select(n => Step(Person(0.1f + 0.045f * n))[0]).ToList();

        Assert.Single(ids.Skip(2).Distinct());
        Assert.NotNull(ids[2]);
    }

    [Fact]
    public void A_long_way_is_kept_by_at_most_a_hundred_places()
    {
        for (var n = 0; n < 3000; n++) Step(Person(0.1f + n * 0.0002f));

        var path = Assert.Single(tracker.Confirmed).Path;

        Assert.InRange(path.Count, 40, 101);
        Assert.Equal(0.12f, path[0].Place.X, 3);
        Assert.Equal(path.OrderBy(place => place.Time), path);
        Assert.InRange(path[^1].Place.X, 0.6f, 0.73f);
    }

    private List<long?> Step(params Detection[] detections) =>
        [.. tracker.Update(detections, Threshold, time += Frame, Picture).Select(track => track?.Id)];

    private static Detection Person(float left, float top = 0.5f, float score = 0.6f) => new("person", 0, score, new Box(left, top, left + 0.04f, top + 0.14f));
}
