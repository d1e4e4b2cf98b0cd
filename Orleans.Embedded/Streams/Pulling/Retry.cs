using Orleans.Internal;

namespace Orleans.Streams;

/// <summary>Repeats what fails.</summary>
internal static class Retry
{
    /// <summary>Runs the work until it succeeds, may not be repeated, or has taken too long; then its last error is thrown.</summary>
    public static async Task<T> RunAsync<T>(
        Func<Task<T>> work, Func<Exception, int, bool> mayRepeat, TimeSpan maxTime, IBackoffProvider backoff,
        TimeProvider time, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception exception) when (
                !cancellationToken.IsCancellationRequested && mayRepeat(exception, attempt)
                && (maxTime == Timeout.InfiniteTimeSpan || time.GetElapsedTime(begin) < maxTime))
            {
                await Task.Delay(backoff.Next(attempt), time, cancellationToken);
            }
        }
    }
}
