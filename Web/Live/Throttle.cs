using Microsoft.JSInterop;

namespace Weir.Web.Live;

/// <summary>
/// Runs an action at most once in an interval, however often it is asked for: at once when the last run is long
/// enough ago, else when the interval is over. May be called from any thread; runs never overlap.
/// </summary>
internal sealed class Throttle(TimeSpan interval, Func<Task> action) : IDisposable
{
    private readonly CancellationTokenSource stopped = new();
    private int pending;

    /// <summary>Asks for a run.</summary>
    public void Request()
    {
        if (Interlocked.Increment(ref pending) == 1) _ = RunAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopped.Cancel();
        stopped.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            do
            {
                Volatile.Write(ref pending, 1);
                await action();
                await Task.Delay(interval, stopped.Token);
            }
            while (Interlocked.CompareExchange(ref pending, 0, 1) != 1);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or JSDisconnectedException)
        {
            // The page has gone; a throttle that has ended takes no more requests.
        }
    }
}
