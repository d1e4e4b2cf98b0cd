using Weir.Vision.Models;

namespace Weir.Vision.Decode;

/// <summary>What one run of ffmpeg is to do.</summary>
internal sealed record DecodeOptions
{
    public required SourceUrl Source { get; init; }

    public required ModelInputDescription Input { get; init; }

    public bool Loop { get; init; }

    /// <summary>Whether a file is read at its own speed instead of as fast as it can be used.</summary>
    public bool OwnSpeed { get; init; }

    public string RtspTransport { get; init; } = "tcp";

    public double? MaxFrameRate { get; init; }

    /// <summary>The greatest width of the JPEG pictures; 0 for none.</summary>
    public int PictureWidth { get; init; }

    /// <summary>The greatest width of full frames, of which parts are cut out; 0 for none.</summary>
    public int FullWidth { get; init; }

    /// <summary>From 2 (best) to 31.</summary>
    public int PictureQuality { get; init; } = 5;
}
