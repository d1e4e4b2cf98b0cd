namespace Weir.Vision.Tests.Media;

/// <summary>The system's clock, which can be set: the time of day jumps, and all waits go on as before, as in life.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long offset;

    public void Step(TimeSpan by) => Interlocked.Add(ref offset, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref offset));
}
