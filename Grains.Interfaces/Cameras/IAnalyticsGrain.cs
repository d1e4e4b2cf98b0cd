using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Cameras;

/// <summary>What a camera has seen over time. The key is the camera's id; it lives off the stream of detections.</summary>
[Alias("weir.IAnalyticsGrain")]
public interface IAnalyticsGrain : IGrainWithStringKey
{
    /// <summary>Objects in the picture over the last minutes, by class: for each second the most seen on one frame.</summary>
    /// <param name="window">How far back; at most ten minutes.</param>
    [Alias("GetOccupancy"), AlwaysInterleave] Task<Occupancy> GetOccupancyAsync(TimeSpan window);
}

/// <summary>Objects in the picture, second by second.</summary>
/// <param name="Start">The first second.</param>
/// <param name="Seconds">How many seconds.</param>
/// <param name="Classes">A line a class; NaN for a second without frames.</param>
[GenerateSerializer, Immutable, Alias("weir.Occupancy")]
public sealed record Occupancy(
    [property: Id(0)] DateTimeOffset Start, [property: Id(1)] int Seconds,
    [property: Id(2)] IReadOnlyList<ClassSeries> Classes);

/// <summary>The most objects of a class on one frame, for each second.</summary>
[GenerateSerializer, Immutable, Alias("weir.ClassSeries")]
public sealed record ClassSeries([property: Id(0)] string Class, [property: Id(1)] IReadOnlyList<double> Values);
