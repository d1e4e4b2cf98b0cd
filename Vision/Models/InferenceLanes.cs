namespace Weir.Vision.Models;

/// <summary>
/// The threads on which the models of a site run: pictures for all models wait in one queue, in the order in which they
/// came, so that several models do not take more cores than there are. Inference takes no thread from the pool.
/// <para>
/// A lane that becomes free takes the picture that has waited longest, and with it as many more for the same model as
/// <see cref="BatchTuning"/> says. It never waits for more to come. All members may be called from any thread.
/// </para>
/// </summary>
public sealed class InferenceLanes : IDisposable
{
    private readonly object gate = new();
    private readonly LinkedList<PictureWork> queue = [];
    private readonly List<Thread> threads = [];
    private int idle;
    private bool ending;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">How many, 1 to 64; null for one a core.</param>
    /// <exception cref="ArgumentException">The count is out of its range.</exception>
    public InferenceLanes(int? count = null)
    {
        if (count is < 1 or > 64) throw new ArgumentException($"Lanes must be between 1 and 64, but is {count}.");
        Count = count ?? Math.Min(Environment.ProcessorCount, 64);
        for (var lane = 0; lane < Count; lane++)
        {
            var number = lane;
            var thread = new Thread(() => Serve(number)) { IsBackground = true, Name = $"inference lane {lane + 1}" };
            threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>How many runs are under way at the same time.</summary>
    public int Count { get; }

    /// <summary>Pictures that wait for a lane.</summary>
    public int Waiting
    {
        get
        {
            lock (gate) return queue.Count;
        }
    }

    /// <summary>Puts pictures into the queue, all at once.</summary>
    /// <exception cref="ObjectDisposedException">The lanes have ended.</exception>
    internal void Add(IReadOnlyList<PictureWork> works)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(ending, this);
            foreach (var work in works)
            {
                queue.AddLast(work);
                Monitor.Pulse(gate);
            }
        }
    }

    /// <summary>Finishes what is queued and ends the threads.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (ending) return;
            ending = true;
            Monitor.PulseAll(gate);
        }
        foreach (var thread in threads) thread.Join();
    }

    private void Serve(int lane)
    {
        var batch = new List<PictureWork>();
        while (Take(batch)) batch[0].Model.Run(lane, batch);
    }

    private bool Take(List<PictureWork> batch)
    {
        batch.Clear();
        lock (gate)
        {
            while (queue.Count == 0)
            {
                if (ending) return false;
                idle++;
                Monitor.Wait(gate);
                idle--;
            }
            var model = queue.First!.Value.Model;
            var count = model.Batches.Take(queue.Count(work => work.Model == model), idle);
            for (var next = queue.First; batch.Count < count; )
            {
                var work = next!;
                next = next!.Next;
                if (work.Value.Model != model) continue;
                queue.Remove(work);
                batch.Add(work.Value);
            }
            return true;
        }
    }
}
