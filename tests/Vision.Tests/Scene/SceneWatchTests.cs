using Weir.Vision.Models;
using Weir.Vision.Scene;
using Weir.Vision.Tracking;

namespace Weir.Vision.Tests.Scene;

/// <summary>What is told of zones and lines, of objects whose feet go where the test says.</summary>
public sealed class SceneWatchTests
{
    private const long Frame = 200_000;
    private static readonly PictureSize Picture = new(1000, 1000);
    private static readonly SceneZone Yard = new() { Name = "yard", Points = [new(0.4f, 0), new(0.8f, 0), new(0.8f, 1), new(0.4f, 1)] };
    private static readonly SceneLine Gate = new() { Name = "gate", From = new(0.5f, 0.3f), To = new(0.5f, 0.7f) };

    private readonly ByteTracker tracker = new(new TrackingOptions { ConfirmAfter = 1, KeepFor = TimeSpan.FromSeconds(1) });
    private readonly List<SceneEvent> told = [];
    private long time;

    [Fact]
    public void A_hollow_area_holds_what_lies_within_it()
    {
        var letterU = new Polygon([new(0, 0), new(0.3f, 0), new(0.3f, 0.7f), new(0.7f, 0.7f), new(0.7f, 0), new(1, 0), new(1, 1), new(0, 1)]);

        Assert.True(letterU.Contains(new ScenePoint(0.1f, 0.1f)));
        Assert.False(letterU.Contains(new ScenePoint(0.5f, 0.5f)));
        Assert.True(letterU.Contains(new ScenePoint(0.5f, 0.9f)));
        Assert.True(letterU.Contains(new ScenePoint(0.9f, 0.5f)));
    }

    [Fact]
    public void Coming_into_a_zone_and_leaving_it_is_told_once_each()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard] });

        for (var x = 0.1f; x < 0.95f; x += 0.02f) Step(scene, Person(x, 0.5f));

        Assert.Equal([SceneEventKind.Enter, SceneEventKind.Leave], told.Select(happened => happened.Kind));
        Assert.Equal("A person came into 'yard'.", told[0].Text);
        Assert.All(told, happened => Assert.Equal(("yard", "person"), (happened.Zone, happened.Class)));
        Assert.Equal(told[0].Track, told[1].Track);
        Assert.InRange(told[1].Held.TotalSeconds, 3.5, 4.5);
    }

    [Fact]
    public void One_who_sways_at_the_edge_neither_comes_nor_goes()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard] });
        for (var n = 0; n < 5; n++) Step(scene, Person(0.2f, 0.5f));

        for (var n = 0; n < 20; n++) Step(scene, Person(n % 2 == 0 ? 0.399f : 0.401f, 0.5f));

        Assert.Empty(told);
    }

    [Fact]
    public void One_who_is_lost_in_a_zone_leaves_it()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard] });
        for (var n = 0; n < 5; n++) Step(scene, Person(0.6f, 0.5f));
        for (var n = 0; n < 10; n++) Step(scene);

        Assert.Equal(["A person came into 'yard'.", "A person was lost in 'yard'."], told.Select(happened => happened.Text));
    }

    [Fact]
    public void A_zone_for_cars_does_not_see_persons()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard with { Classes = ["car"] }] });

        for (var n = 0; n < 5; n++) Step(scene, Person(0.6f, 0.5f));

        Assert.Empty(told);
        Assert.Empty(scene.ZonesOf("person", Person(0.6f, 0.5f).Box));
        Assert.Equal(["yard"], scene.ZonesOf("car", Person(0.6f, 0.5f).Box));
    }

    [Fact]
    public void Loitering_is_told_once_a_stay()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard with { EnterAndLeave = false, LoiteringAfter = TimeSpan.FromSeconds(3) }] });
        for (var n = 0; n < 40; n++) Step(scene, Person(0.6f, 0.5f));

        var loitering = Assert.Single(told);
        Assert.Equal((SceneEventKind.Loitering, "A person has been in 'yard' for 3 s."), (loitering.Kind, loitering.Text));
        Assert.InRange(time, 3_000_000, long.MaxValue);

        for (var n = 0; n < 5; n++) Step(scene, Person(0.9f, 0.5f));
        for (var n = 0; n < 20; n++) Step(scene, Person(0.78f, 0.5f));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void More_than_are_allowed_is_told_when_it_lasts_and_when_it_is_over()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard with { EnterAndLeave = false, CountOver = 1 }] });
        for (var n = 0; n < 5; n++) Step(scene, Person(0.45f, 0.5f));
        for (var n = 0; n < 3; n++) Step(scene, Person(0.45f, 0.5f), Person(0.7f, 0.5f));
        Assert.Empty(told);

        for (var n = 0; n < 10; n++) Step(scene, Person(0.45f, 0.5f), Person(0.7f, 0.5f));
        for (var n = 0; n < 20; n++) Step(scene, Person(0.45f, 0.5f));

        Assert.Equal([(SceneEventKind.CountOver, 2L), (SceneEventKind.CountNormal, 1L)], told.Select(happened => (happened.Kind, happened.Count)));
        Assert.Equal("There are 2 in 'yard'; 1 are allowed.", told[0].Text);
    }

    [Fact]
    public void A_bag_is_left_when_its_owner_goes()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard with { EnterAndLeave = false, LeftAfter = TimeSpan.FromSeconds(4) }] });
        var bag = new Detection("suitcase", 28, 0.6f, new Box(0.6f, 0.55f, 0.64f, 0.6f));
        for (var n = 0; n < 40; n++) Step(scene, bag, Person(0.65f, 0.6f));
        Assert.Empty(told);

        for (var n = 0; n < 40; n++) Step(scene, bag, Person(0.9f, 0.6f));

        var left = Assert.Single(told);
        Assert.Equal((SceneEventKind.ObjectLeft, "suitcase"), (left.Kind, left.Class));
        Assert.InRange(left.Held.TotalSeconds, 4, 5);
    }

    [Theory]
    [InlineData(0.2f, 0.04f, "in", "out")]
    [InlineData(0.8f, -0.04f, "out", "in")]
    public void A_line_is_crossed_in_a_direction_and_back(float start, float step, string first, string second)
    {
        // The line runs down the picture, so its left, as one looks along it, is the right half.
        var scene = new SceneWatch(new SceneOptions { Lines = [Gate with { From = Gate.To, To = Gate.From }] });

        for (var n = 0; n < 15; n++) Step(scene, Person(start + step * n, 0.5f));
        for (var n = 15; n >= 0; n--) Step(scene, Person(start + step * n, 0.5f));

        Assert.Equal([(first, 1L), (second, 1L)], told.Select(happened => (happened.Direction!, happened.Count)));
        Assert.Equal($"A person crossed the line 'gate' going {first}; 1 so far.", told[0].Text);
    }

    [Fact]
    public void Passing_beside_a_line_or_lingering_on_it_is_no_crossing()
    {
        var scene = new SceneWatch(new SceneOptions { Lines = [Gate] });

        for (var n = 0; n < 20; n++) Step(scene, Person(0.2f + 0.03f * n, 0.85f));
        for (var n = 0; n < 10; n++) Step(scene);
        for (var n = 0; n < 20; n++) Step(scene, Person(0.497f + 0.006f * (n % 2), 0.5f));

        Assert.Empty(told);
    }

    [Fact]
    public void Masks_hide_what_stands_in_them()
    {
        var scene = new SceneWatch(new SceneOptions { Zones = [Yard with { IsMask = true }] });

        Assert.True(scene.IsMasked(Person(0.6f, 0.5f).Box));
        Assert.False(scene.IsMasked(Person(0.3f, 0.5f).Box));
        var watched = scene.Watched(10, 10, PictureGeometry.Of(Media.TinyModel.Description.Input, Picture));
        Assert.Equal([-1, -1, -1, -1, 0, 0, 0, 0, -1, -1], watched.Take(10).Select(place => (int)place));
    }

    [Theory]
    [InlineData("", 3, 1, "a zone must have a name of 1 to 64 characters, but '' is none.")]
    [InlineData("yard", 2, 1, "zone 'yard' must have 3 to 64 points, but has 2.")]
    [InlineData("yard", 3, 0.5, "zone 'yard': loiteringAfter must be between 00:00:01 and 1.00:00:00, but is 00:00:00.5000000.")]
    public void A_wrong_zone_is_told(string name, int points, double seconds, string sentence)
    {
        var zone = Yard with { Name = name, Points = [.. Yard.Points.Take(points)], LoiteringAfter = TimeSpan.FromSeconds(seconds) };

        Assert.Equal([sentence], new SceneOptions { Zones = [zone] }.Faults());
    }

    [Fact]
    public void Zones_and_lines_share_their_names() =>
        Assert.Equal(["zones and lines must have different names, but 'yard' is there 2 times."], new SceneOptions { Zones = [Yard], Lines = [Gate with { Name = "yard" }] }.Faults());

    private void Step(SceneWatch scene, params Detection[] detections)
    {
        tracker.Update(detections, 0.4f, time += Frame, Picture);
        scene.Look([.. tracker.Confirmed], tracker.TakeEnded(), time, told);
    }

    /// <summary>A person whose feet stand at a place.</summary>
    private static Detection Person(float x, float y) => new("person", 0, 0.6f, new Box(x - 0.03f, y - 0.15f, x + 0.03f, y));
}
