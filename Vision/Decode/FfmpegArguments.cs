using System.Globalization;
using Weir.Vision.Models;

namespace Weir.Vision.Decode;

/// <summary>
/// ffmpeg's command line. Each picture that is let through goes up to three ways: scaled for the model to stdout as raw
/// pixels, as JPEG to a socket, and as raw pixels of its full size to another one, where parts are to be cut out of it.
/// They are outputs of their own, as ffmpeg holds back one of two streams in one output until the next frame has come,
/// which is a frame's time lost.
/// Never with <c>-fflags nobuffer</c>: it throws away the key frame that was read to find out about the stream, so
/// nothing is decoded until the next one.
/// </summary>
internal static class FfmpegArguments
{
    public static IReadOnlyList<string> Build(DecodeOptions options, string? pictureSocket, string? fullSocket = null)
    {
        List<string> arguments = ["-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+info", "-filter_complex_threads", "1"];
        arguments.AddRange(Input(options));
        arguments.AddRange(["-filter_complex", Filter(options, pictureSocket is not null, fullSocket is not null)]);
        arguments.AddRange(["-map", "[model]", "-c:v", "rawvideo"]);
        arguments.AddRange(Output("pipe:1"));
        if (pictureSocket is not null) arguments.AddRange(Pictures(options, pictureSocket));
        if (fullSocket is not null) arguments.AddRange(["-map", "[full]", "-c:v", "rawvideo", .. Output("unix:" + fullSocket)]);
        return arguments;
    }

    private static List<string> Pictures(DecodeOptions options, string socket)
    {
        // The optimal Huffman tables of ffmpeg's default make the files 5 % smaller and take half as much time again.
        // One thread, as frame threads hold frames back.
        List<string> arguments = ["-map", "[picture]", "-c:v", "mjpeg", "-threads", "1", "-huffman", "default"];
        arguments.AddRange(["-q:v", options.PictureQuality.ToString(CultureInfo.InvariantCulture)]);
        arguments.AddRange(Output("unix:" + socket));
        return arguments;
    }

    private static List<string> Input(DecodeOptions options)
    {
        List<string> arguments = options.Source.Kind switch
        {
            SourceKind.File => FileInput(options),
            SourceKind.Device => ["-f", "v4l2", "-flags", "low_delay"],
            SourceKind.Pattern => ["-re", "-f", "lavfi"],
            SourceKind.Rtsp =>
            [
                "-rtsp_transport", options.RtspTransport,
                "-flags", "low_delay", "-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0",
            ],
            _ => ["-flags", "low_delay", "-analyzeduration", "1000000", "-fpsprobesize", "0"],
        };
        // Pictures stay as the sensor gives them: a rotation would swap the sides that boxes are measured by.
        // A source whose pictures change their size must not change that of the outputs, which have begun: the filters
        // stay, ffmpeg says so in its log, and the pipeline starts it anew.
        arguments.AddRange(["-reinit_filter", "0", "-noautorotate", "-threads", "1", "-an", "-sn", "-dn", "-i", options.Source.Input]);
        return arguments;
    }

    private static List<string> FileInput(DecodeOptions options)
    {
        List<string> arguments = [];
        if (options.OwnSpeed) arguments.Add("-re");
        if (options.Loop) arguments.AddRange(["-stream_loop", "-1"]);
        return arguments;
    }

    private static string Filter(DecodeOptions options, bool pictures, bool full)
    {
        var input = options.Input;
        var size = string.Create(CultureInfo.InvariantCulture, $"{input.Width}:{input.Height}");
        var fit = input.Fit == PictureFit.Stretch ? "" : ":force_original_aspect_ratio=decrease";
        var pad = input.Fit == PictureFit.Stretch ? "" : $",pad={size}:(ow-iw)/2:(oh-ih)/2:color=0x727272";
        var pixels = input.Colour == InputColour.Rgb ? "rgb24" : "bgr24";
        var model = $"scale={size}{fit}:flags=area,format={pixels}{pad}[model]";

        // Time is cut into slots of 1/rate and the first frame in each passes, so that nothing waits for the next
        // frame, no frame comes twice, and all keep their own times. The small constant is for times on the edge.
        var thin = options.MaxFrameRate is { } rate
            ? string.Create(CultureInfo.InvariantCulture,
                $"select='isnan(prev_selected_t)+gt(floor(t*{rate}+0.001),floor(prev_selected_t*{rate}+0.001))',")
            : "";
        if (!pictures && !full) return $"[0:v:0]{thin}{model}";
        var (picture, fullSize) = (
            pictures ? $";[b]scale='min({options.PictureWidth},iw)':-2:flags=area,format=yuvj420p[picture]" : "",
            full ? $";[c]scale='min({options.FullWidth},iw)':-2:flags=area,format=rgb24[full]" : "");
        return $"[0:v:0]{thin}split={(pictures && full ? 3 : 2)}[a]{(pictures ? "[b]" : "")}{(full ? "[c]" : "")};[a]{model}{picture}{fullSize}";
    }

    /// <summary>Frames as they come, none doubled or dropped, in microseconds, each written at once.</summary>
    private static string[] Output(string target) =>
        ["-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-flush_packets", "1", "-write_index", "0", "-f", "nut", target];
}
