namespace Weir.Vision.Pipeline;

/// <summary>A frame as JPEG.</summary>
/// <param name="FrameNumber">The frame's number since the pipeline was made; 0 for no picture.</param>
/// <param name="MediaTime">The frame's own time stamp in µs.</param>
/// <param name="IngestTime">When the picture came to this process: UTC in µs since 1970.</param>
/// <param name="Jpeg">The file.</param>
public readonly record struct Picture(long FrameNumber, long MediaTime, long IngestTime, ReadOnlyMemory<byte> Jpeg);

/// <summary>
/// The newest pictures of a camera by frame number. One task adds; any threads read and wait.
/// </summary>
internal sealed class PictureRing(int capacity)
{
    private readonly Lock gate = new();
    private readonly Picture[] slots = new Picture[capacity];
    private long newest;
    private bool isClosed;
    private TaskCompletionSource? coming;

    public void Add(Picture picture)
    {
        TaskCompletionSource? told;
        lock (gate)
        {
            slots[picture.FrameNumber % slots.Length] = picture;
            newest = picture.FrameNumber;
            (told, coming) = (coming, null);
        }
        told?.TrySetResult();
    }

    /// <summary>No more pictures come: nobody waits any longer.</summary>
    public void Close()
    {
        TaskCompletionSource? told;
        lock (gate)
        {
            isClosed = true;
            (told, coming) = (coming, null);
        }
        told?.TrySetResult();
    }

    /// <summary>The picture of a frame, or null where it is not kept any more or has not come yet.</summary>
    public Picture? Find(long frame)
    {
        lock (gate) return frame > 0 && slots[frame % slots.Length] is var picture && picture.FrameNumber == frame
            ? picture
            : null;
    }

    /// <summary>The newest picture, or null before the first.</summary>
    public Picture? Newest()
    {
        lock (gate) return Find(newest);
    }

    /// <summary>
    /// The picture of a frame as soon as it has come; null when it does not come in that time, or was replaced already.
    /// </summary>
    public async ValueTask<Picture?> WaitAsync(long frame, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken) =>
        await UntilAsync(newest => newest >= frame, timeout, time, cancellationToken).ConfigureAwait(false) ? Find(frame) : null;

    /// <summary>The newest picture as soon as it is another one than that of a frame; null when none comes in that time.</summary>
    public async ValueTask<Picture?> WaitOtherAsync(long than, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken) =>
        await UntilAsync(newest => newest > 0 && newest != than, timeout, time, cancellationToken).ConfigureAwait(false) ? Newest() : null;

    private async ValueTask<bool> UntilAsync(Func<long, bool> isThere, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (isThere(newest)) return true;
                if (isClosed) return false;
                coming ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                next = coming.Task;
            }
            var left = timeout - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return false;
            try
            {
                await next.WaitAsync(left, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
