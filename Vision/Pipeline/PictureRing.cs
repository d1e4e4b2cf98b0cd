namespace Weir.Vision.Pipeline;

/// <summary>A frame as JPEG.</summary>
/// <param name="FrameNumber">The frame's number; 0 for no picture.</param>
/// <param name="MediaTime">The frame's own time stamp in µs.</param>
/// <param name="Jpeg">The file.</param>
internal readonly record struct Picture(long FrameNumber, long MediaTime, ReadOnlyMemory<byte> Jpeg);

/// <summary>
/// The newest pictures of a camera by frame number. Any thread may read; one task waits for a picture at a time.
/// </summary>
internal sealed class PictureRing(int capacity)
{
    private readonly Lock gate = new();
    private readonly Picture[] slots = new Picture[capacity];
    private long newest;
    private TaskCompletionSource? waiting;
    private long waitingFor;

    public void Add(Picture picture)
    {
        lock (gate)
        {
            slots[picture.FrameNumber % slots.Length] = picture;
            newest = picture.FrameNumber;
            if (newest >= waitingFor) waiting?.TrySetResult();
        }
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
    public async ValueTask<Picture?> WaitAsync(long frame, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Task arrival;
        lock (gate)
        {
            if (newest >= frame) return Find(frame);
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waitingFor = frame;
            arrival = waiting.Task;
        }
        try
        {
            await arrival.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
        return Find(frame);
    }
}
