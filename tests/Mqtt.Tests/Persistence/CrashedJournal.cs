namespace Weir.Mqtt.Tests.Persistence;

/// <summary>A journal that can be cut off, as a crash does, and can be made to wait or to fail.</summary>
internal sealed class CrashedJournal : IMqttJournal
{
    private readonly Lock gate = new();
    private readonly List<byte[]> entries;
    private volatile bool dead;
    private volatile TaskCompletionSource? hold;
    private int failures;

    public CrashedJournal(IEnumerable<byte[]>? kept = null) => entries = [.. kept ?? []];

    public int Count
    {
        get
        {
            lock (gate) return entries.Count;
        }
    }

    public int Snapshots { get; private set; }

    private int snapshot;

    /// <summary>Nothing is kept from here on; gives what a new broker finds.</summary>
    public CrashedJournal Crash(int? keep = null)
    {
        dead = true;
        hold?.TrySetResult();
        lock (gate) return new CrashedJournal(entries.Take(keep ?? entries.Count));
    }

    public void Hold() => hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo()
    {
        var held = hold;
        hold = null;
        held?.SetResult();
    }

    public void FailOnce() => failures = 1;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var entry in entries.ToArray()) yield return entry;
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        if (hold is { } held) await held.Task.WaitAsync(cancellationToken);
        if (Interlocked.Exchange(ref failures, 0) == 1) throw new IOException("The disk is full.");
        if (dead) return;
        lock (gate) entries.Add(entry.ToArray());
    }

    public ValueTask BeginSnapshotAsync(CancellationToken cancellationToken)
    {
        lock (gate) snapshot = entries.Count;
        return default;
    }

    public ValueTask EndSnapshotAsync(CancellationToken cancellationToken)
    {
        if (dead) return default;
        lock (gate) entries.RemoveRange(0, snapshot);
        Snapshots++;
        return default;
    }
}
