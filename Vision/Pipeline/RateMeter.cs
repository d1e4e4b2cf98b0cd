namespace Weir.Vision.Pipeline;

/// <summary>How often something happens a second, over the last 64 times or ten seconds, whichever is shorter.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private readonly long[] stamps = new long[64];
    private int count;
    private int next;

    public void Mark()
    {
        lock (gate)
        {
            stamps[next] = time.GetTimestamp();
            next = (next + 1) % stamps.Length;
            count = Math.Min(count + 1, stamps.Length);
        }
    }

    public double PerSecond()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            var (recent, oldest) = (0, now);
            for (var back = 1; back <= count; back++)
            {
                var stamp = stamps[(next - back + stamps.Length) % stamps.Length];
                if (time.GetElapsedTime(stamp, now) > Window) break;
                (recent, oldest) = (recent + 1, stamp);
            }
            var span = time.GetElapsedTime(oldest, now).TotalSeconds;
            return recent > 1 && span > 0 ? (recent - 1) / span : 0;
        }
    }
}
