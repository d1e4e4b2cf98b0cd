using Weir.Vision.Models;

namespace Weir.Vision.Cascades;

/// <summary>
/// Frames at their full size, for as long as the model may still ask for them: those that wait for it or are in it, and
/// those that came before their like for the model did. Their memory is used again. Any thread may call; one waits at a
/// time.
/// </summary>
internal sealed class FullFrameStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, (long MediaTime, byte[] Pixels, FullFrame Frame)> frames = [];
    private readonly HashSet<long> wanted = [];
    private readonly Stack<byte[]> free = [];
    private long arrived;
    private long newest;
    private long waitingFor;
    private TaskCompletionSource? waiting;

    /// <summary>Memory for a frame.</summary>
    public byte[] Rent(int size)
    {
        lock (gate)
        {
            while (free.TryPop(out var pixels))
                if (pixels.Length == size) return pixels;
        }
        return GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>A frame's like for the model has come, and goes to it.</summary>
    public void Want(long number)
    {
        lock (gate)
        {
            wanted.Add(number);
            arrived = number;
            Clean();
        }
    }

    /// <summary>The model will not ask for a frame any more.</summary>
    public void Drop(long number)
    {
        lock (gate)
        {
            wanted.Remove(number);
            Clean();
        }
    }

    /// <summary>A frame has come, in memory that was rented.</summary>
    public void Add(long number, long mediaTime, byte[] pixels, PictureSize size)
    {
        lock (gate)
        {
            frames[number] = (mediaTime, pixels, new FullFrame(pixels, size));
            newest = number;
            Clean();
            if (newest >= waitingFor) waiting?.TrySetResult();
        }
    }

    /// <summary>The frame of a number and media time, as soon as it has come; null when it does not come in that time.</summary>
    public async ValueTask<FullFrame?> WaitAsync(long number, long mediaTime, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Task arrival;
        lock (gate)
        {
            if (newest >= number) return Find();
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waitingFor = number;
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
        lock (gate) return Find();

        FullFrame? Find() => frames.TryGetValue(number, out var found) && found.MediaTime == mediaTime ? found.Frame : null;
    }

    /// <summary>Forgets all, as when the decoder starts anew; nobody may use a frame then.</summary>
    public void Clear()
    {
        lock (gate)
        {
            wanted.Clear();
            frames.Clear();
            free.Clear();
            (waiting, newest) = (null, arrived);
        }
    }

    private void Clean()
    {
        foreach (var number in frames.Keys)
        {
            if (number > arrived || wanted.Contains(number)) continue;
            frames.Remove(number, out var gone);
            free.Push(gone.Pixels);
        }
    }
}
