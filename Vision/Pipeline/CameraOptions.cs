using Weir.Vision.Cascades;
using Weir.Vision.Decode;
using Weir.Vision.Motion;
using Weir.Vision.Scene;
using Weir.Vision.Tracking;

namespace Weir.Vision.Pipeline;

/// <summary>How a camera's frames are read and looked at.</summary>
public sealed record CameraOptions
{
    private const int MostCascades = 8;

    /// <summary>The camera's name within the site: letters, digits, '-', '_' and '.', at most 64.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// The path of a file; a URL: rtsp, rtsps, http and https (MJPEG, HLS), rtmp, rtmps, rtp, srt, tcp, udp (MPEG-TS); a
    /// camera of this machine, <c>/dev/video0</c>; or <c>test:640x480@10</c>, a pattern. User and password in it are never
    /// shown.
    /// </summary>
    public required string Url { get; init; }

    /// <summary>Whether a file begins again at its end.</summary>
    public bool Loop { get; init; }

    /// <summary>Whether frames come at the source's speed, or, from a file only, as fast as the model takes them.</summary>
    public FramePacing Pacing { get; init; } = FramePacing.Source;

    /// <summary>How RTSP carries the video.</summary>
    public RtspTransport RtspTransport { get; init; } = RtspTransport.Tcp;

    /// <summary>Frames a second at most, 0.1 to 120; the others are left out before they are scaled. Null for all.</summary>
    public double? MaxFrameRate { get; init; }

    /// <summary>The greatest width of the JPEG pictures, 64 to 4,096; 0 makes none, which saves a tenth of the work.</summary>
    public int JpegWidth { get; init; } = 1280;

    /// <summary>The quality of the JPEG pictures by ffmpeg's scale: 2 is the best, 31 the smallest.</summary>
    public int JpegQuality { get; init; } = 5;

    /// <summary>How many of the newest pictures can be asked for by frame number, 1 to 1,000.</summary>
    public int PicturesKept { get; init; } = 32;

    /// <summary>The least score of a detection, above 0 and below 1; null for the model's own.</summary>
    public float? Threshold { get; init; }

    /// <summary>The classes that are told of; none for all that the model knows.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>When the model may rest because nothing moves; null for never.</summary>
    public MotionOptions? Motion { get; init; }

    /// <summary>How detections become tracks.</summary>
    public TrackingOptions Tracking { get; init; } = new();

    /// <summary>Zones, lines and the view, and what is told of them.</summary>
    public SceneOptions Scene { get; init; } = new();

    /// <summary>Other models that look at what was found; at most 8, with different names.</summary>
    public IReadOnlyList<CascadeOptions> Cascades { get; init; } = [];

    /// <summary>The greatest width at which frames are kept for cascades, 64 to 4,096.</summary>
    public int CascadeWidth { get; init; } = 1920;

    /// <summary>How long no frame may come before the camera is stale and its decoder starts anew, 0.5 s to 10 min.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the first frame may take after a start, 1 s to 10 min.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The wait before the first restart, 10 ms to 10 min; it doubles with each failure.</summary>
    public TimeSpan RestartAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a restart, at least <see cref="RestartAfter"/> and at most 1 h.</summary>
    public TimeSpan RestartAtMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many starts in a row may give no frame before the camera is given up, 1 to 1,000,000; null for any number.</summary>
    public int? GiveUpAfter { get; init; }

    /// <summary>Results that may wait for their reader, 1 to 10,000; when it is full, frames are skipped and counted.</summary>
    public int ResultsWaiting { get; init; } = 64;

    /// <summary>The program that decodes: a name on the path, or a path.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";

    /// <summary>The program that tells a file's duration.</summary>
    public string Ffprobe { get; init; } = "ffprobe";

    /// <summary>What is wrong with these options: a sentence each, none when all is well.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        var camera = $"camera '{Id}': ";
        if (Id is not { Length: > 0 and <= 64 } || !Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            faults.Add($"{camera}id must have 1 to 64 letters, digits, '-', '_' or '.'.");

        var source = SourceUrl.Parse(Url, out var fault);
        if (fault is not null) faults.Add(camera + fault);
        if (source is not null && source.Kind != SourceKind.File && Loop)
            faults.Add($"{camera}loop is for files, but url is {source}.");
        if (source is not null && source.Kind != SourceKind.File && Pacing == FramePacing.Model)
            faults.Add($"{camera}pacing 'model' is for files, but url is {source}.");

        Range("maxFrameRate", MaxFrameRate ?? 1, 0.1, 120);
        if (JpegWidth != 0) Range("jpegWidth", JpegWidth, 64, 4096);
        Range("jpegQuality", JpegQuality, 2, 31);
        Range("picturesKept", PicturesKept, 1, 1000);
        Range("resultsWaiting", ResultsWaiting, 1, 10_000);
        Time("staleAfter", StaleAfter, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(10));
        Time("startTimeout", StartTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Time("restartAfter", RestartAfter, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10));
        Time("restartAtMost", RestartAtMost, RestartAfter, TimeSpan.FromHours(1));
        if (Threshold is { } threshold && !(threshold is > 0 and < 1))
            faults.Add($"{camera}threshold must be above 0 and below 1, but is {threshold}.");
        if (MaxFrameRate is { } rate && rate * StaleAfter.TotalSeconds < 2)
            faults.Add($"{camera}staleAfter must be at least two frames long at maxFrameRate {rate}, but is {StaleAfter}.");
        Range("giveUpAfter", GiveUpAfter ?? 1, 1, 1_000_000);
        Range("cascadeWidth", CascadeWidth, 64, 4096);
        if (Cascades.Count > MostCascades) faults.Add($"{camera}cascades must be at most {MostCascades}, but are {Cascades.Count}.");
        foreach (var twice in Cascades.GroupBy(cascade => cascade.Name).Where(group => group.Count() > 1))
            faults.Add($"{camera}cascades must have different names, but '{twice.Key}' is there {twice.Count()} times.");
        foreach (var part in Scene.Faults().Concat(Tracking.Faults()).Concat(Motion?.Faults() ?? []).Concat(Cascades.SelectMany(cascade => cascade.Faults())))
            faults.Add(camera + part);
        if (string.IsNullOrWhiteSpace(Ffmpeg)) faults.Add($"{camera}ffmpeg must name a program, but is empty.");
        if (string.IsNullOrWhiteSpace(Ffprobe)) faults.Add($"{camera}ffprobe must name a program, but is empty.");
        return faults;

        void Range(string name, double value, double min, double max)
        {
            if (!(value >= min && value <= max))
                faults.Add(FormattableString.Invariant($"{camera}{name} must be between {min:#,0.##} and {max:#,0.##}, but is {value}."));
        }

        void Time(string name, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max) faults.Add($"{camera}{name} must be between {min} and {max}, but is {value}.");
        }
    }
}

/// <summary>What sets the speed of the frames.</summary>
public enum FramePacing
{
    /// <summary>The source: a file plays at its own speed, and a frame that the model has no time for is skipped.</summary>
    Source,

    /// <summary>The model: a file is read as fast as its frames are looked at, and none is skipped.</summary>
    Model,
}

/// <summary>How RTSP carries the video.</summary>
public enum RtspTransport
{
    /// <summary>Within the control connection: nothing is lost.</summary>
    Tcp,

    /// <summary>As datagrams: less delay on a good network.</summary>
    Udp,
}
