using System.Collections.Concurrent;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// A few threads for appends that wait for the device, so that a slow card does not starve the thread pool that
/// everything else of the process runs on. They start with the first such append.
/// </summary>
internal sealed class FlushThreads(int count) : IDisposable
{
    private readonly BlockingCollection<IThreadPoolWorkItem> queue = [];
    private readonly Lock gate = new();
    private List<Thread>? threads;

    public void Queue(IThreadPoolWorkItem work)
    {
        if (Volatile.Read(ref threads) is null) Start();
        try
        {
            queue.Add(work);
        }
        catch (InvalidOperationException)
        {
            // The store has been disposed; what comes now only has to end.
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
    }

    public void Dispose()
    {
        queue.CompleteAdding();
        foreach (var thread in threads ?? []) thread.Join();
        queue.Dispose();
    }

    private void Start()
    {
        lock (gate)
        {
            threads ??= [.. Enumerable.Range(0, count).Select(StartOne)];
        }
    }

    private Thread StartOne(int number)
    {
        var thread = new Thread(Run) { IsBackground = true, Name = $"segment log flush {number}" };
        thread.Start();
        return thread;
    }

    private void Run()
    {
        foreach (var work in queue.GetConsumingEnumerable()) work.Execute();
    }
}
