using System.Collections.Concurrent;

namespace Weir.Vision.Models;

/// <summary>
/// The threads on which the models of a site run, as many as there are cores: work of all models waits in one queue, in
/// the order in which it came, so that several models do not take more cores than there are. Inference takes no thread
/// from the pool. All members may be called from any thread.
/// </summary>
public sealed class InferenceLanes : IDisposable
{
    private readonly BlockingCollection<InferenceWork> queue = [];
    private readonly List<Thread> threads = [];

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

    /// <summary>How many pictures are worked on at the same time.</summary>
    public int Count { get; }

    /// <summary>Pictures that wait for a lane.</summary>
    public int Waiting => queue.Count;

    /// <exception cref="ObjectDisposedException">The lanes have ended.</exception>
    internal void Add(InferenceWork work, CancellationToken cancellationToken)
    {
        try
        {
            queue.Add(work, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(InferenceLanes));
        }
    }

    /// <summary>Finishes what is queued and ends the threads.</summary>
    public void Dispose()
    {
        if (queue.IsAddingCompleted) return;
        queue.CompleteAdding();
        foreach (var thread in threads) thread.Join();
        queue.Dispose();
    }

    private void Serve(int lane)
    {
        foreach (var work in queue.GetConsumingEnumerable()) work.Run(lane);
    }
}

/// <summary>A picture on its way through a lane; it deals with its own faults.</summary>
internal abstract class InferenceWork
{
    public abstract void Run(int lane);
}
