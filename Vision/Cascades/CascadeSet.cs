using Weir.Vision.Models;
using Weir.Vision.Tracking;

namespace Weir.Vision.Cascades;

/// <summary>The cascades of a camera: which objects of a frame they look at. Not thread-safe.</summary>
internal sealed class CascadeSet(IReadOnlyList<Cascade> cascades) : IDisposable
{
    /// <summary>Objects that one cascade looks at on one frame: those it has not looked at for longest come first.</summary>
    private const int MostAFrame = 4;

    public bool IsEmpty => cascades.Count == 0;

    /// <param name="options">The cascades.</param>
    /// <param name="open">Opens a model by its name.</param>
    /// <exception cref="ModelException">A model is not there or cannot be loaded.</exception>
    public static CascadeSet Open(IReadOnlyList<CascadeOptions> options, Func<string, DetectionModel>? open) => new(
        [.. options.Select(cascade => new Cascade(cascade, [.. cascade.Models.Select(name => (open
            ?? throw new ArgumentException($"cascade '{cascade.Name}': this camera was given no models for cascades."))(name))]))]);

    /// <summary>Whether any object of a frame is to be looked at.</summary>
    public bool IsDue(IReadOnlyCollection<Track> tracks, PictureSize picture, long time) =>
        cascades.Any(cascade => tracks.Any(track => IsDue(cascade, track, picture, time)));

    /// <summary>
    /// Looks at the objects of a frame that are due, with all cascades at the same time; what is found and surer than
    /// before stays on their tracks.
    /// </summary>
    public async Task LookAsync(FullFrame frame, IReadOnlyCollection<Track> tracks, PictureSize picture, long time, CancellationToken cancellationToken)
    {
        var looks = new List<(List<Track> Tracks, Task<ObjectAttribute?[]> Found)>();
        foreach (var cascade in cascades)
        {
            var due = tracks.Where(track => IsDue(cascade, track, picture, time))
                .OrderBy(track => track.LookedAt.GetValueOrDefault(cascade.Options.Name)).Take(MostAFrame).ToList();
            if (due.Count == 0) continue;
            foreach (var track in due) track.LookedAt[cascade.Options.Name] = time;
            looks.Add((due, cascade.LookAsync(frame, [.. due.Select(track => track.Last.Box)], cancellationToken)));
        }
        // All have ended before one's failure is told: they look at the frame.
        await Task.WhenAll(looks.Select(look => look.Found)).ConfigureAwait(false);
        foreach (var (looked, all) in looks)
        {
            foreach (var (track, attribute) in looked.Zip(await all.ConfigureAwait(false)))
            {
                if (attribute is not { } found) continue;
                if (!track.Attributes.TryGetValue(found.Name, out var known) || found.Score >= known.Score) track.Attributes[found.Name] = found;
            }
        }
    }

    public void Dispose()
    {
        foreach (var cascade in cascades) cascade.Dispose();
    }

    private static bool IsDue(Cascade cascade, Track track, PictureSize picture, long time) =>
        !track.IsLost && cascade.Options.Classes.Contains(track.Class)
        && (track.Last.Box.Right - track.Last.Box.Left) * picture.Width >= cascade.Options.LeastWidth
        && (!track.LookedAt.TryGetValue(cascade.Options.Name, out var last) || time - last >= (long)cascade.Options.Every.TotalMicroseconds);
}
