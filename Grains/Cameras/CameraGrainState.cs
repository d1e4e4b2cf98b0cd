using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Cameras;

/// <summary>What a camera must not forget.</summary>
[GenerateSerializer, Alias("weir.CameraGrainState")]
internal sealed class CameraGrainState
{
    [Id(0)] public CameraSettings? Settings { get; set; }
}
