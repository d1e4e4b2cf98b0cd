namespace Weir.Web.Live;

/// <summary>Does something every second until it is disposed: for what nobody tells of. Where it fails once, the next second tries again.</summary>
internal sealed class Ticker : IDisposable
{
    private readonly CancellationTokenSource stopping = new();

    public Ticker(Func<Task> work) => Running = RunAsync(work, stopping.Token);

    /// <summary>Ends when it has been disposed.</summary>
    public Task Running { get; }

    public void Dispose()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private static async Task RunAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await second.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    await work();
                }
                catch (Exception e) when (e is TimeoutException or IOException or InvalidOperationException or ObjectDisposedException)
                {
                    // A silo that has just gone, or a page that is going.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
        }
    }
}
