using System.Threading.Channels;
using Weir.Vision.Cascades;
using Weir.Vision.Decode;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>What stays the same over the runs of one camera.</summary>
internal sealed record CameraParts(
    CameraOptions Options,
    SourceUrl Source,
    DetectionModel Model,
    InputPool Inputs,
    FrameAnalysis Analysis,
    FullFrameStore FullFrames,
    PictureRing Pictures,
    CameraCounters Counters,
    ChannelWriter<FrameResult> Results,
    TimeProvider Time)
{
    /// <summary>A moment in µs since 1970 UTC.</summary>
    public static long Micros(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
