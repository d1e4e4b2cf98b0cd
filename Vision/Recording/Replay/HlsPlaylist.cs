using System.Globalization;
using System.Text;
using Weir.Vision.Recording.Store;

namespace Weir.Vision.Recording.Replay;

/// <summary>Writes recorded video as a media playlist of HTTP Live Streaming (RFC 8216; EXT-X-GAP of its second edition).</summary>
public static class HlsPlaylist
{
    /// <summary>No more segments than this, whatever the range: they become longer.</summary>
    private const int MostSegments = 3_600;

    /// <summary>What is missing takes this long in the player: it goes on with what comes after it.</summary>
    private const double GapSeconds = 0.1;

    /// <summary>Writes it. Addresses are relative to the playlist's own: <c>init.mp4</c> and <c>segment.m4s</c>.</summary>
    /// <param name="entries">Entries of the index, in order.</param>
    public static string Write(IReadOnlyList<IndexEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var fragments = entries.Count(entry => entry.Kind == IndexEntryKind.Fragment);
        var length = entries.Sum(entry => entry.Kind == IndexEntryKind.Fragment ? entry.Duration : 0);
        var segments = ReplaySegment.Cut(entries, fragments <= MostSegments ? 0 : length / MostSegments);

        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:8\n");
        // Rounded to the nearest second no segment may be longer.
        var longest = segments.Count == 0 ? 1 : Math.Ceiling(segments.Max(segment => segment.Duration) / 1e6);
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        uint? init = null;
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            if (segment.Gap is { } gap && i > 0) Write(text, gap);
            if (!segment.Follows && i > 0) text.Append("#EXT-X-DISCONTINUITY\n");
            if (segment.Init != init) text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"init.mp4?at={segment.Position}\"\n");
            init = segment.Init;
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{Moment(segment.Time)}\n#EXTINF:{segment.Duration / 1e6:0.000000},\n");
            text.Append(CultureInfo.InvariantCulture, $"segment.m4s?at={segment.Position}&count={segment.Fragments}\n");
        }
        return text.Append("#EXT-X-ENDLIST\n").ToString();
    }

    private static void Write(StringBuilder text, IndexEntry gap) => text.Append(
        CultureInfo.InvariantCulture,
        $"#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n#EXT-X-PROGRAM-DATE-TIME:{Moment(gap.Time)}\n#EXTINF:{GapSeconds:0.000000},\ngap.m4s?cause={gap.Cause}&seconds={gap.Duration / 1e6:0.###}\n");

    private static string Moment(long micros) =>
        DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
