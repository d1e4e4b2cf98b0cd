using Orleans.Concurrency;
using Weir.Grains.Interfaces.Cameras;
using Weir.Vision.Decode;
using Weir.Vision.Pipeline;

namespace Weir.Grains.Cameras;

/// <summary>Looks at sources from its silo; several at a time.</summary>
[StatelessWorker(4)]
internal sealed class SourceProbeGrain : Grain, ISourceProbeGrain
{
    public async Task<SourceSight> LookAsync(string url, VideoTransport transport)
    {
        var found = await SourceProbe.LookAsync(url, transport == VideoTransport.Udp ? RtspTransport.Udp : RtspTransport.Tcp, CancellationToken.None);
        return new SourceSight(found.Codec, found.Width, found.Height, found.FramesPerSecond, found.Jpeg.ToArray());
    }
}
