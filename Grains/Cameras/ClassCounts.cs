using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Cameras;

/// <summary>Counts detections by class.</summary>
internal static class ClassCounts
{
    /// <summary>Most frequent class first.</summary>
    public static IReadOnlyList<ClassCount> Of(IEnumerable<Detection> detections) =>
        [.. detections.GroupBy(detection => detection.Class, StringComparer.Ordinal)
            .Select(group => new ClassCount(group.Key, group.Count()))
            .OrderByDescending(count => count.Count).ThenBy(count => count.Class, StringComparer.Ordinal)];
}
