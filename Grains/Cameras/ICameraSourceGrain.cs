using Orleans.Concurrency;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Cameras;

/// <summary>
/// Tells other grains of the site where a camera's video comes from, with user and password: <see cref="ICameraGrain"/>
/// tells nobody. The key is the camera's id; the camera's own grain answers.
/// </summary>
[Alias("weir.ICameraSourceGrain")]
internal interface ICameraSourceGrain : IGrainWithStringKey
{
    /// <summary>What is set, with all that is in the source's URL; null if the camera was never set up.</summary>
    [Alias("GetWhole"), AlwaysInterleave] Task<CameraSettings?> GetWholeSettingsAsync();
}
