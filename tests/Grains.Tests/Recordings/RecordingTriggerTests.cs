using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Recordings;
using Weir.Grains.Recordings;

namespace Weir.Grains.Tests.Recordings;

/// <summary>What a camera's frames say to its recording.</summary>
public sealed class RecordingTriggerTests
{
    private static readonly RecordingSettings OnMotion = new() { Mode = RecordingMode.Motion };
    private readonly RecordingTrigger trigger = new();
    private long time = 1_000_000_000;

    [Fact]
    public void A_motion_gate_starts_a_recording_when_it_stays_open_and_not_when_the_model_takes_a_look_now_and_then()
    {
        // A camera without a motion gate tells of no still frames, and so of no motion.
        Assert.Equal([false, false], Take(false, false));

        Assert.Equal([false, false, false, true, true, false, false], Take(true, true, false, false, false, true, false));

        bool[] Take(params bool[] still) => [.. still.Select(isStill => trigger.Take(Frame(isStill, "person"), OnMotion))];
    }

    [Fact]
    public void Only_classes_that_count_start_a_recording_on_detection()
    {
        var settings = new RecordingSettings { Mode = RecordingMode.Detection, Classes = ["car"] };

        Assert.False(trigger.Take(Frame(false, "person"), settings));
        Assert.True(trigger.Take(Frame(false, "person", "car"), settings));
        // What was seen last still holds, and nothing new was found.
        Assert.False(trigger.Take(Frame(true, "car"), settings));
        Assert.True(trigger.Take(Frame(false, "person"), settings with { Classes = [] }));
        Assert.False(trigger.Take(Frame(false), settings with { Classes = [] }));
        Assert.False(trigger.Take(Frame(false, "car"), settings with { Mode = RecordingMode.Continuous }));
    }

    [Fact]
    public void Where_a_camera_is_in_its_file_is_known_for_as_long_as_it_says_so()
    {
        Assert.Null(trigger.MarkAt(time));
        trigger.Take(Frame(false) with { MediaTime = 12.5 }, OnMotion);

        Assert.Equal((time, 12_500_000), (trigger.MarkAt(time)!.Value.Time, trigger.MarkAt(time)!.Value.Position));
        Assert.NotNull(trigger.MarkAt(time + 9_000_000));
        Assert.Null(trigger.MarkAt(time + 11_000_000));
    }

    private FrameDetections Frame(bool isStill, params string[] classes) => new()
    {
        Camera = "yard", Model = "m", ModelVersion = "1", FrameTime = time += 100_000, IsStill = isStill,
        Detections = [.. classes.Select(name => new Detection(name, 0.9f, new Box(0, 0, 1, 1)))],
    };
}
