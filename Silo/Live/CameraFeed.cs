using Weir.Grains.Interfaces.Cameras;

namespace Weir.Silo.Live;

/// <summary>
/// The pictures of one camera as they come. The camera is asked once for each picture, however many viewers there are;
/// a viewer takes the newest when it is ready for one, so that a slow one holds up nobody. All members may be called from
/// any thread.
/// </summary>
internal sealed partial class CameraFeed : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly ILogger logger;
    private LivePicture? newest;
    private bool hasEnded;
    private TaskCompletionSource coming = NewSource();

    /// <summary>Begins to read.</summary>
    public CameraFeed(ICameraGrain camera, ILogger logger)
    {
        this.logger = logger;
        _ = ReadAsync(camera, stop.Token);
    }

    /// <summary>The newest picture as soon as it is another one than that shown last.</summary>
    /// <param name="shown">The picture shown last; null for none.</param>
    /// <param name="again">When none has come for this long, the one shown last is given once more.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when the camera is there no more.</returns>
    public async ValueTask<LivePicture?> NextAsync(LivePicture? shown, TimeSpan again, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (hasEnded) return null;
                if (newest is not null && !ReferenceEquals(newest, shown)) return newest;
                next = coming.Task;
            }
            try
            {
                await next.WaitAsync(again, cancellationToken);
            }
            catch (TimeoutException)
            {
                if (shown is not null) return shown;
            }
        }
    }

    /// <summary>Stops reading: nobody looks any more.</summary>
    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    // Never fails. What it asked for last comes to nothing by itself.
    private async Task ReadAsync(ICameraGrain camera, CancellationToken stopping)
    {
        var last = 0L;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await camera.WaitForPictureAsync(last) is { } picture)
                {
                    last = picture.FrameNumber;
                    Tell(picture, isOver: false);
                    continue;
                }
            }
            catch (KeyNotFoundException)
            {
                Tell(null, isOver: true);
                return;
            }
            catch (Exception e)
            {
                // The silo that had the camera has gone, or is slow just now; the next call finds it again.
                LogFault(logger, camera.GetPrimaryKeyString(), e);
            }
            await Task.Delay(RetryAfter, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(LivePicture? picture, bool isOver)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            newest = picture ?? newest;
            hasEnded = isOver;
            (told, coming) = (coming, NewSource());
        }
        told.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The pictures of camera {Camera} could not be asked for; it is tried again.")]
    private static partial void LogFault(ILogger logger, string camera, Exception fault);
}
