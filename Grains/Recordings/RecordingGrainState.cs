using Weir.Grains.Interfaces.Recordings;

namespace Weir.Grains.Recordings;

/// <summary>What the recording of a camera must not forget.</summary>
[GenerateSerializer, Alias("weir.RecordingGrainState")]
internal sealed class RecordingGrainState
{
    [Id(0)] public RecordingSettings? Settings { get; set; }

    [Id(1)] public List<RecordingWindow> Windows { get; set; } = [];
}
