using System.Threading.Tasks.Sources;

namespace Weir.Mqtt;

/// <summary>
/// Wakes one waiter. A signal without a waiter is kept for the next; several are one. It allocates nothing. The waiter
/// goes on in the thread pool, unless who signals says that it may do the waiter's work.
/// </summary>
internal sealed class AutoResetSignal : IValueTaskSource
{
    private const int Idle = 0, Waiting = 1, Signalled = 2;

    private ManualResetValueTaskSourceCore<bool> source;
    private int state;

    /// <param name="here">Whether the waiter goes on in this thread, before this returns.</param>
    public void Set(bool here = false)
    {
        if (Volatile.Read(ref state) == Signalled) return;
        if (Interlocked.Exchange(ref state, Signalled) == Waiting) Release(here);
    }

    /// <summary>Waits for the next signal. Only one may wait at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref state, Idle, Signalled) == Signalled) return default;
        source.Reset();
        var task = new ValueTask(this, source.Version);
        if (Interlocked.CompareExchange(ref state, Waiting, Idle) == Signalled) Release(here: false);
        return task;
    }

    void IValueTaskSource.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    private void Release(bool here)
    {
        Volatile.Write(ref state, Idle);
        source.RunContinuationsAsynchronously = !here;
        source.SetResult(true);
    }
}
