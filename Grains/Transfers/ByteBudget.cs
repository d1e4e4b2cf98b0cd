namespace Weir.Grains.Transfers;

/// <summary>Lets so much pass in a second, and a quarter of a second's worth at once. For one caller at a time.</summary>
internal sealed class ByteBudget(long perSecond, TimeProvider time)
{
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(250);

    private readonly long began = time.GetTimestamp();
    private TimeSpan due = TimeSpan.Zero;

    /// <summary>Waits until this much may pass.</summary>
    public async ValueTask TakeAsync(long amount, CancellationToken cancellationToken)
    {
        var now = time.GetElapsedTime(began);
        if (due < now - Burst) due = now - Burst;
        due += TimeSpan.FromSeconds((double)amount / perSecond);
        if (due > now + TimeSpan.FromMilliseconds(1)) await Task.Delay(due - now, time, cancellationToken);
    }
}
