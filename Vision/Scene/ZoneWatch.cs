using System.Globalization;
using Weir.Vision.Models;
using Weir.Vision.Tracking;

namespace Weir.Vision.Scene;

/// <summary>Tells what happens in a zone. An object changes sides only when two frames in a row say so.</summary>
internal sealed class ZoneWatch(SceneZone zone)
{
    private const int FramesToChange = 2;

    /// <summary>How long a count must hold before it is told, in µs.</summary>
    private const long CountHolds = 1_000_000;

    /// <summary>How far a thing may shift, in parts of the picture, and still stand.</summary>
    private const float Standing = 0.02f;

    /// <summary>The classes of COCO that people put down.</summary>
    private static readonly string[] Things = ["backpack", "umbrella", "handbag", "suitcase", "bicycle", "skateboard", "bottle", "laptop"];

    private readonly Polygon polygon = new(zone.Points);
    private readonly Dictionary<long, Visit> visits = [];
    private bool isOver;
    private long? otherwiseSince;

    public string Name => zone.Name;

    /// <summary>Whether an object of a class stands in it.</summary>
    public bool Holds(string name, Box box) => SceneWatch.IsFor(zone.Classes, name) && polygon.Contains(Polygon.Foot(box));

    public void Look(IReadOnlyCollection<Track> tracks, IReadOnlyCollection<Track> ended, long time, List<SceneEvent> events)
    {
        foreach (var track in tracks)
        {
            if (!SceneWatch.IsFor(zone.Classes, track.Class)) continue;
            if (!visits.TryGetValue(track.Id, out var visit)) visits[track.Id] = visit = new Visit();
            if (!track.IsLost) Follow(track, visit, time, events);
            if (!visit.IsInside) continue;
            Loiter(track, visit, time, events);
            Leave(track, visit, tracks, time, events);
        }
        foreach (var track in ended)
        {
            if (visits.Remove(track.Id, out var visit) && visit.IsInside && zone.EnterAndLeave)
                events.Add(Tell(SceneEventKind.Leave, track, $"A {track.Class} was lost in '{zone.Name}'.") with { Held = Span(time - visit.Since) });
        }
        Count(time, events);
    }

    private void Follow(Track track, Visit visit, long time, List<SceneEvent> events)
    {
        var inside = polygon.Contains(Polygon.Foot(track.Last.Box));
        visit.Otherwise = inside == visit.IsInside ? 0 : visit.Otherwise + 1;
        // A track that is new has been looked at long enough already.
        if (visit.Otherwise == 0 || visit.Otherwise < FramesToChange && visit.IsKnown) { visit.IsKnown = true; return; }
        (visit.IsInside, visit.Otherwise, visit.IsKnown) = (inside, 0, true);
        var held = Span(time - visit.Since);
        if (inside)
        {
            (visit.Since, visit.StandsSince, visit.StandsAt) = (time, time, Polygon.Foot(track.Last.Box));
            visit.Loitered = visit.WasLeft = false;
            if (!track.Zones.Contains(zone.Name)) track.Zones.Add(zone.Name);
        }
        if (!zone.EnterAndLeave) return;
        events.Add(inside
            ? Tell(SceneEventKind.Enter, track, $"A {track.Class} came into '{zone.Name}'.")
            : Tell(SceneEventKind.Leave, track, $"A {track.Class} left '{zone.Name}'.") with { Held = held });
    }

    private void Loiter(Track track, Visit visit, long time, List<SceneEvent> events)
    {
        if (zone.LoiteringAfter is not { } limit || visit.Loitered || Span(time - visit.Since) < limit) return;
        visit.Loitered = true;
        events.Add(Tell(SceneEventKind.Loitering, track, string.Create(CultureInfo.InvariantCulture,
            $"A {track.Class} has been in '{zone.Name}' for {limit.TotalSeconds:0.#} s.")) with { Held = Span(time - visit.Since) });
    }

    private void Leave(Track track, Visit visit, IReadOnlyCollection<Track> tracks, long time, List<SceneEvent> events)
    {
        if (zone.LeftAfter is not { } limit || !Things.Contains(track.Class) || track.IsLost) return;
        var foot = Polygon.Foot(track.Last.Box);
        var shifted = MathF.Abs(foot.X - visit.StandsAt.X) > Standing || MathF.Abs(foot.Y - visit.StandsAt.Y) > Standing;
        if (shifted || HasSomebody(track, tracks))
        {
            (visit.StandsSince, visit.StandsAt, visit.WasLeft) = (time, foot, visit.WasLeft && !shifted);
            return;
        }
        if (visit.WasLeft || Span(time - visit.StandsSince) < limit) return;
        visit.WasLeft = true;
        events.Add(Tell(SceneEventKind.ObjectLeft, track, string.Create(CultureInfo.InvariantCulture,
            $"A {track.Class} has stood in '{zone.Name}' for {limit.TotalSeconds:0.#} s, and nobody is with it.")) with { Held = Span(time - visit.StandsSince) });
    }

    /// <summary>A person is with a thing as long as there is no more than the person's own width between them.</summary>
    private static bool HasSomebody(Track thing, IReadOnlyCollection<Track> tracks)
    {
        var box = thing.Last.Box;
        return tracks.Any(track =>
        {
            if (track.Class != "person") return false;
            var (person, width) = (track.Last.Box, track.Last.Box.Right - track.Last.Box.Left);
            return person.Left - width < box.Right && person.Right + width > box.Left && person.Top < box.Bottom && person.Bottom + width > box.Top;
        });
    }

    private void Count(long time, List<SceneEvent> events)
    {
        if (zone.CountOver is not { } limit) return;
        var count = visits.Values.Count(visit => visit.IsInside);
        if (count > limit == isOver)
        {
            otherwiseSince = null;
            return;
        }
        otherwiseSince ??= time;
        if (time - otherwiseSince < CountHolds) return;
        (isOver, otherwiseSince) = (!isOver, null);
        events.Add(new SceneEvent
        {
            Kind = isOver ? SceneEventKind.CountOver : SceneEventKind.CountNormal,
            Zone = zone.Name,
            Count = count,
            Text = string.Create(CultureInfo.InvariantCulture, $"There are {count} in '{zone.Name}'; {limit} are allowed."),
        });
    }

    private SceneEvent Tell(SceneEventKind kind, Track track, string text) => new()
    {
        Kind = kind,
        Zone = zone.Name,
        Track = track.Id,
        Class = track.Class,
        Score = track.Last.Score,
        Box = track.Last.Box,
        Text = text,
    };

    private static TimeSpan Span(long microseconds) => TimeSpan.FromMicroseconds(microseconds);

    /// <summary>What is known of a track in respect of this zone.</summary>
    private sealed class Visit
    {
        public bool IsKnown { get; set; }

        public bool IsInside { get; set; }

        public int Otherwise { get; set; }

        public long Since { get; set; }

        public bool Loitered { get; set; }

        public long StandsSince { get; set; }

        public ScenePoint StandsAt { get; set; }

        public bool WasLeft { get; set; }
    }
}
