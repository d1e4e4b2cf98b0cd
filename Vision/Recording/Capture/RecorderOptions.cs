using Weir.Vision.Decode;
using Weir.Vision.Pipeline;

namespace Weir.Vision.Recording.Capture;

/// <summary>How a camera's video is recorded.</summary>
public sealed record RecorderOptions
{
    /// <summary>The camera's id.</summary>
    public required string Camera { get; init; }

    /// <summary>Where its video comes from, as <see cref="CameraOptions.Url"/>. User and password in it are never shown.</summary>
    public required string Url { get; init; }

    /// <summary>Whether a file begins again at its end.</summary>
    public bool Loop { get; init; }

    /// <summary>How RTSP carries the video.</summary>
    public RtspTransport RtspTransport { get; init; } = RtspTransport.Tcp;

    /// <summary>When video is kept.</summary>
    public RecordingMode Mode { get; init; } = RecordingMode.Continuous;

    /// <summary>How much is kept before what made it worth keeping, 0 to 5 min; it is held in memory.</summary>
    public TimeSpan PreRoll { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much is kept after, 0 to 1 h.</summary>
    public TimeSpan PostRoll { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing may come before ffmpeg is started anew, 1 s to 10 min.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the first fragment may take after a start, 1 s to 10 min.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait before the first restart; it doubles with each failure.</summary>
    public TimeSpan RestartAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a restart.</summary>
    public TimeSpan RestartAtMost { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes that wait in memory for the store, and most that are held for the pre-roll; 1 MiB to 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 64L << 20;

    /// <summary>Most bytes of video that the store keeps whatever retention says; null for no limit.</summary>
    public long? StoreBytes { get; init; }

    /// <summary>The program that copies.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";

    /// <summary>What is wrong with these options: a sentence each, none when all is well.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        var recording = $"recording of camera '{Camera}': ";
        SourceUrl.Parse(Url, out var fault);
        if (fault is not null) faults.Add(recording + fault);
        Time("preRoll", PreRoll, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        Time("postRoll", PostRoll, TimeSpan.Zero, TimeSpan.FromHours(1));
        Time("staleAfter", StaleAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Time("startTimeout", StartTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        if (MemoryBytes is < 1L << 20 or > 1L << 30) faults.Add($"{recording}memoryBytes must be between 1 MiB and 1 GiB, but is {MemoryBytes}.");
        if (string.IsNullOrWhiteSpace(Ffmpeg)) faults.Add($"{recording}ffmpeg must name a program, but is empty.");
        return faults;

        void Time(string name, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max) faults.Add($"{recording}{name} must be between {min} and {max}, but is {value}.");
        }
    }
}
