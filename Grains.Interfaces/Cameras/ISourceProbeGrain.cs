using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Cameras;

/// <summary>Looks at a source before it becomes a camera's. The key is that of the site.</summary>
[Alias("weir.ISourceProbeGrain")]
public interface ISourceProbeGrain : IGrainWithStringKey
{
    /// <summary>Asks a source for its codec, size and rate, and for a picture; that may take half a minute.</summary>
    /// <exception cref="ArgumentException">It is no source, or gives nothing; the message says why, without what is secret.</exception>
    [Alias("Look")] Task<SourceSight> LookAsync(string url, VideoTransport transport);
}

/// <summary>What a source gives.</summary>
/// <param name="Codec">The codec of its video: <c>h264</c>.</param>
/// <param name="Width">Columns of its pictures.</param>
/// <param name="Height">Rows of its pictures.</param>
/// <param name="FramesPerSecond">Its frame rate; null where it tells none.</param>
/// <param name="Jpeg">A picture, at most 640 columns wide.</param>
[GenerateSerializer, Immutable, Alias("weir.SourceSight")]
public sealed record SourceSight(
    [property: Id(0)] string Codec, [property: Id(1)] int Width, [property: Id(2)] int Height,
    [property: Id(3)] double? FramesPerSecond, [property: Id(4)] byte[] Jpeg);
