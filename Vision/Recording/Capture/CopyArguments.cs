using Weir.Vision.Decode;
using Weir.Vision.Pipeline;

namespace Weir.Vision.Recording.Capture;

/// <summary>
/// ffmpeg's command line for recording: the first video stream as it is, as fragmented MP4 on stdout, a fragment at each
/// keyframe and every two seconds between them. Never with <c>-fflags nobuffer</c>: it throws away the keyframe that was
/// read to find out about the stream.
/// </summary>
internal static class CopyArguments
{
    public static IReadOnlyList<string> Build(RecorderOptions options, SourceUrl source)
    {
        List<string> arguments = ["-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info", "-fflags", "+genpts"];
        if (source.Kind == SourceKind.Rtsp) arguments.AddRange(["-rtsp_transport", options.RtspTransport == RtspTransport.Tcp ? "tcp" : "udp"]);
        // What comes in these two seconds is recorded as well; streams that are found later are none that is wanted.
        if (source.Kind != SourceKind.File) arguments.AddRange(["-analyzeduration", "2000000"]);
        arguments.AddRange(["-i", source.Input, "-map", "0:v:0", "-an", "-sn", "-dn", "-c", "copy"]);
        arguments.AddRange(["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "2000000"]);
        arguments.AddRange(["-flush_packets", "1", "-f", "mp4", "pipe:1"]);
        return arguments;
    }
}
