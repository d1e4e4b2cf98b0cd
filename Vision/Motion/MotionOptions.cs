namespace Weir.Vision.Motion;

/// <summary>When the model may rest because nothing moves.</summary>
public sealed record MotionOptions
{
    /// <summary>The least part of the picture that must have changed, 0.0001 to 1. The default is a square of 5 % of its sides.</summary>
    public double LeastArea { get; init; } = 0.0025;

    /// <summary>How much brighter or darker a place must be than the background, 2 to 128 of 255; where the picture is noisy more is needed by itself.</summary>
    public int LeastChange { get; init; } = 12;

    /// <summary>How long the model goes on looking after the last motion, 0 to 10 min.</summary>
    public TimeSpan HoldFor { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the model looks while nothing moves, 0.5 s to 1 h.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(10);

    internal IEnumerable<string> Faults()
    {
        if (!(LeastArea is >= 0.0001 and <= 1)) yield return FormattableString.Invariant($"motion.leastArea must be between 0.0001 and 1, but is {LeastArea}.");
        if (LeastChange is < 2 or > 128) yield return $"motion.leastChange must be between 2 and 128, but is {LeastChange}.";
        if (HoldFor < TimeSpan.Zero || HoldFor > TimeSpan.FromMinutes(10)) yield return $"motion.holdFor must be between 00:00:00 and 00:10:00, but is {HoldFor}.";
        if (LookEvery < TimeSpan.FromSeconds(0.5) || LookEvery > TimeSpan.FromHours(1)) yield return $"motion.lookEvery must be between 00:00:00.5 and 01:00:00, but is {LookEvery}.";
    }
}
