namespace Weir.Silo.Live;

/// <summary>How many may watch at a time, below <c>Weir:LiveView</c>.</summary>
internal sealed class LiveViewOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Weir:LiveView";

    /// <summary>Viewers of all cameras together in this process, 1 to 10,000.</summary>
    public int MaxViewers { get; set; } = 64;

    /// <summary>Viewers of one camera in this process, 1 to 10,000.</summary>
    public int MaxViewersOfCamera { get; set; } = 16;

    /// <summary>Whether both are in their range.</summary>
    public bool IsInRange => MaxViewers is >= 1 and <= 10_000 && MaxViewersOfCamera is >= 1 and <= 10_000;
}
