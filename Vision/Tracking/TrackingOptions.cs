namespace Weir.Vision.Tracking;

/// <summary>How detections become tracks.</summary>
public sealed record TrackingOptions
{
    /// <summary>
    /// The part of the threshold that a weak detection must reach to carry on a track that is there, 0.1 to 1. It begins
    /// none, and is told of only as part of one.
    /// </summary>
    public float Weak { get; init; } = 0.5f;

    /// <summary>On how many frames an object must have been seen to be a track, 1 to 100.</summary>
    public int ConfirmAfter { get; init; } = 3;

    /// <summary>How long an object may be out of sight and still be the same, 0 to 1 min.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromSeconds(2);

    internal IEnumerable<string> Faults()
    {
        if (!(Weak is >= 0.1f and <= 1)) yield return FormattableString.Invariant($"tracking.weak must be between 0.1 and 1, but is {Weak}.");
        if (ConfirmAfter is < 1 or > 100) yield return $"tracking.confirmAfter must be between 1 and 100, but is {ConfirmAfter}.";
        if (KeepFor < TimeSpan.Zero || KeepFor > TimeSpan.FromMinutes(1)) yield return $"tracking.keepFor must be between 00:00:00 and 00:01:00, but is {KeepFor}.";
    }
}
