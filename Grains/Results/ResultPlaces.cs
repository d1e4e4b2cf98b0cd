using System.Globalization;
using Weir.Database.Scenes;

namespace Weir.Grains.Results;

/// <summary>Places among tracks, and among what has a time and an id, as text for paging: <c>time_number_name</c> and <c>time_id</c>.</summary>
internal static class ResultPlaces
{
    public static string Text(TrackRow row) => string.Create(CultureInfo.InvariantCulture, $"{row.FirstTime}_{row.Track}_{row.Camera}");

    public static string Text(SceneEventRow row) => Text(row.HappenedAt, row.Id);

    public static string Text(long time, string id) => string.Create(CultureInfo.InvariantCulture, $"{time}_{id}");

    /// <exception cref="ArgumentException">The text is no place.</exception>
    public static (long FirstTime, string Camera, long Track)? ParseTrack(string? text)
    {
        if (text is null) return null;
        return text.Split('_', 3) is [var time, var track, var camera] && Number(time, out var firstTime) && Number(track, out var number)
            ? (firstTime, camera, number)
            : throw NoPlace(text);
    }

    /// <exception cref="ArgumentException">The text is no place.</exception>
    public static (long Time, string Id)? Parse(string? text)
    {
        if (text is null) return null;
        return text.Split('_', 2) is [var time, var id] && Number(time, out var number) ? (number, id) : throw NoPlace(text);
    }

    private static bool Number(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static ArgumentException NoPlace(string text) => new($"after must be the 'next' of the page before, but is '{text}'.");
}
