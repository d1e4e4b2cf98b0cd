namespace Weir.Mqtt;

/// <summary>The bytes that payloads which are kept whole may take in all. Thread-safe.</summary>
internal sealed class PayloadBudget(long bytes)
{
    private long left = bytes;

    /// <summary>Takes so many; false where there are not.</summary>
    public bool TryTake(int count)
    {
        if (Interlocked.Add(ref left, -count) >= 0) return true;
        Interlocked.Add(ref left, count);
        return false;
    }

    /// <summary>Gives so many back.</summary>
    public void Give(int count) => Interlocked.Add(ref left, count);
}
