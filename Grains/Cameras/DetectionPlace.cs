using System.Globalization;
using Weir.Database.Detections;

namespace Weir.Grains.Cameras;

/// <summary>A place among detections as text, for paging: <c>frame time_stream_position_index</c>.</summary>
internal static class DetectionPlace
{
    public static string Text(DetectionKey key) =>
        string.Create(CultureInfo.InvariantCulture, $"{key.FrameTime}_{key.StreamNo}_{key.StreamPosition}_{key.Idx}");

    /// <exception cref="ArgumentException">The text is no place.</exception>
    public static DetectionKey? Parse(string? text)
    {
        if (text is null) return null;
        const NumberStyles signed = NumberStyles.AllowLeadingSign;
        var parts = text.Split('_');
        if (parts.Length == 4
            && long.TryParse(parts[0], signed, CultureInfo.InvariantCulture, out var frameTime)
            && int.TryParse(parts[1], signed, CultureInfo.InvariantCulture, out var streamNo)
            && long.TryParse(parts[2], signed, CultureInfo.InvariantCulture, out var position)
            && int.TryParse(parts[3], signed, CultureInfo.InvariantCulture, out var index))
            return new DetectionKey(frameTime, streamNo, position, index);
        throw new ArgumentException($"after must be the 'next' of the page before, such as 1732310000000000_1_47_2, but is '{text}'.");
    }
}
