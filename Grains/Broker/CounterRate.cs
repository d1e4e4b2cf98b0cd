namespace Weir.Grains.Broker;

/// <summary>How fast a counter rises, over about two seconds. For one caller at a time.</summary>
internal sealed class CounterRate(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private readonly Queue<(long At, long Count)> readings = new();
    private (long At, long Count) newest;

    /// <summary>Counts a second.</summary>
    public double PerSecond
    {
        get
        {
            if (!readings.TryPeek(out var oldest) || oldest.At == newest.At) return 0;
            return (newest.Count - oldest.Count) / time.GetElapsedTime(oldest.At, newest.At).TotalSeconds;
        }
    }

    /// <summary>Takes a reading.</summary>
    public void Take(long count)
    {
        newest = (time.GetTimestamp(), count);
        readings.Enqueue(newest);
        while (readings.Count > 2 && time.GetElapsedTime(readings.Peek().At, newest.At) > Window) readings.Dequeue();
    }
}
