namespace Weir.Archive;

/// <summary>Wakes all who wait for something to have changed. Take <see cref="Next"/> before looking, then wait for it.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource? waiting;

    /// <summary>Ends at the next <see cref="Beat"/>.</summary>
    public Task Next
    {
        get
        {
            while (true)
            {
                if (Volatile.Read(ref waiting) is { } present) return present.Task;
                var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (Interlocked.CompareExchange(ref waiting, fresh, null) is null) return fresh.Task;
            }
        }
    }

    /// <summary>Wakes who waits; where nobody does, it costs next to nothing.</summary>
    public void Beat()
    {
        // What changed must be seen by whoever begins to wait after this has looked for waiters.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref waiting) is not null) Interlocked.Exchange(ref waiting, null)?.TrySetResult();
    }
}
