using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Keeps all streams of a store together below a number of bytes: when they come near it, the oldest segment of all
/// streams goes, then the next, read or not. It looks after every so many bytes written, and stays so far below.
/// </summary>
internal sealed class SiteBudget(long? maxBytes, Func<Task<IReadOnlyList<StreamLog>>> openAll, ILogger logger)
{
    private const int Looks = 32;

    private readonly Lock gate = new();
    private readonly long every = maxBytes / Looks ?? long.MaxValue;
    private long unlooked;
    private Task looking = Task.CompletedTask;
    private bool isStopped;

    /// <summary>Tells of bytes that were written to any stream.</summary>
    public void Wrote(long bytes)
    {
        if (maxBytes is not null && Interlocked.Add(ref unlooked, bytes) >= every) Look();
    }

    /// <summary>Looks at all streams, unless that is being done.</summary>
    public void Look()
    {
        if (maxBytes is not { } limit) return;
        lock (gate)
        {
            if (isStopped || !looking.IsCompleted) return;
            Volatile.Write(ref unlooked, 0);
            looking = Task.Run(() => KeepAsync(limit - every));
        }
    }

    /// <summary>Ends; what is under way is awaited.</summary>
    public Task StopAsync()
    {
        lock (gate)
        {
            isStopped = true;
            return looking;
        }
    }

    private async Task KeepAsync(long limit)
    {
        try
        {
            var streams = (await openAll()).Where(stream => !stream.IsInMemory).ToList();
            while (!Volatile.Read(ref isStopped) && streams.Sum(stream => stream.Segments.Bytes) > limit)
            {
                var oldest = streams.Where(stream => stream.Segments.All is [{ IsEmpty: false }, ..])
                    .MinBy(stream => stream.Segments.All[0].MaxTimestamp);
                if (oldest is null || !await oldest.GiveUpOldestAsync()) return;
            }
        }
        catch (Exception e) when (e is StreamStoreException or ObjectDisposedException)
        {
            SegmentLogMessages.BudgetNotKept(logger, e);
        }
    }
}
