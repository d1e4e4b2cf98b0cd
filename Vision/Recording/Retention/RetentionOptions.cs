namespace Weir.Vision.Recording.Retention;

/// <summary>How long recorded video is kept, by the mode that had it kept, and how much of it.</summary>
public sealed record RetentionOptions
{
    /// <summary>Age at which video goes that was recorded always; at least a minute.</summary>
    public TimeSpan ContinuousAge { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Age at which video goes that was recorded on motion; at least a minute.</summary>
    public TimeSpan MotionAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Age at which video goes that was recorded on detection; at least a minute.</summary>
    public TimeSpan DetectionAge { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Most bytes of video of the camera; at least 16 MiB.</summary>
    public long MaxBytes { get; init; } = 20L << 30;

    /// <summary>What is wrong with these options: a sentence each.</summary>
    public IEnumerable<string> Faults()
    {
        foreach (var (name, age) in new[] { ("continuousAge", ContinuousAge), ("motionAge", MotionAge), ("detectionAge", DetectionAge) })
            if (age < TimeSpan.FromMinutes(1)) yield return $"retention.{name} must be at least a minute, but is {age}.";
        if (MaxBytes < 16L << 20) yield return $"retention.maxBytes must be at least 16 MiB, but is {MaxBytes}.";
    }

    /// <summary>The age at which what a mode had kept goes.</summary>
    public TimeSpan AgeOf(RecordingMode mode) => mode switch
    {
        RecordingMode.Motion => MotionAge,
        RecordingMode.Detection => DetectionAge,
        _ => ContinuousAge,
    };
}
