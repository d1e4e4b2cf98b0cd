using Weir.Grains.Interfaces.Cameras;
using Weir.Vision.Cascades;
using Weir.Vision.Motion;
using Weir.Vision.Pipeline;
using Weir.Vision.Scene;

namespace Weir.Grains.Cameras;

/// <summary>Says in the words of the vision library what a person has set in those of the grain API.</summary>
internal static class SettingsMapping
{
    public static CameraOptions ToOptions(string id, CameraSettings settings) => new()
    {
        Id = id,
        Url = settings.Url,
        Loop = settings.Loop,
        MaxFrameRate = settings.MaxFrameRate,
        Threshold = settings.Threshold,
        Classes = settings.Classes,
        Motion = settings.Motion is { } motion ? ToOptions(motion) : null,
        Scene = new SceneOptions
        {
            Zones = [.. settings.Zones.Select(ToOptions)],
            Lines = [.. settings.Lines.Select(ToOptions)],
            WatchView = settings.WatchView,
        },
        Cascades = [.. settings.Cascades.Select(ToOptions)],
        RtspTransport = settings.Transport == VideoTransport.Udp ? RtspTransport.Udp : RtspTransport.Tcp,
        GiveUpAfter = settings.GiveUpAfter,
    };

    private static MotionOptions ToOptions(MotionSettings motion) => new()
    {
        LeastArea = motion.LeastArea,
        LeastChange = motion.LeastChange,
        HoldFor = Seconds("motion.holdSeconds", motion.HoldSeconds),
        LookEvery = Seconds("motion.lookEverySeconds", motion.LookEverySeconds),
    };

    private static SceneZone ToOptions(ZoneSettings zone) => new()
    {
        Name = zone.Name,
        Points = [.. zone.Points.Select(ToPoint)],
        IsMask = zone.IsMask,
        Classes = zone.Classes,
        EnterAndLeave = zone.EnterAndLeave,
        LoiteringAfter = zone.LoiteringSeconds is { } loitering ? Seconds("loiteringSeconds", loitering) : null,
        CountOver = zone.CountOver,
        LeftAfter = zone.LeftSeconds is { } left ? Seconds("leftSeconds", left) : null,
    };

    private static SceneLine ToOptions(LineSettings line) => new()
    {
        Name = line.Name,
        From = ToPoint(line.From),
        To = ToPoint(line.To),
        Classes = line.Classes,
    };

    private static CascadeOptions ToOptions(CascadeSettings cascade) => new()
    {
        Name = cascade.Name,
        Classes = cascade.Classes,
        Models = cascade.Models,
        Margin = cascade.Margin,
        LeastWidth = cascade.LeastWidth,
        Every = Seconds("everySeconds", cascade.EverySeconds),
    };

    private static ScenePoint ToPoint(PicturePoint point) => new(point.X, point.Y);

    /// <summary>What is no span of time at all is refused here, what is out of its range by the library.</summary>
    private static TimeSpan Seconds(string name, double seconds) => double.IsFinite(seconds) && Math.Abs(seconds) < 1e9
        ? TimeSpan.FromSeconds(seconds)
        : throw new ArgumentException($"{name} must be a number of seconds, but is {seconds}.");
}
