namespace Weir.Vision.Pipeline;

/// <summary>
/// The waits between restarts: they double with each failure, with a random fifth more or less, so that cameras of one
/// switch do not come back in step.
/// </summary>
internal sealed class RestartBackoff(TimeSpan first, TimeSpan longest)
{
    private int failures;

    public void Reset() => failures = 0;

    public TimeSpan Next()
    {
        var wait = Math.Min(first.TotalMilliseconds * Math.Pow(2, failures), longest.TotalMilliseconds);
        if (wait < longest.TotalMilliseconds) failures++;
        return TimeSpan.FromMilliseconds(wait * (0.8 + 0.4 * Random.Shared.NextDouble()));
    }
}
