namespace Weir.Mqtt;

/// <summary>A journal in memory: it outlives the broker, not the process. For tests, and for brokers that share a process in turn.</summary>
public sealed class MemoryJournal : IMqttJournal
{
    private readonly Lock gate = new();
    private List<byte[]> entries = [];
    private int snapshot;

    /// <summary>The entries that are kept now.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Entries
    {
        get
        {
            lock (gate) return [.. entries.Select(entry => new ReadOnlyMemory<byte>(entry))];
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var entry in Entries) yield return entry;
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
    {
        lock (gate) entries.Add(entry.ToArray());
        return default;
    }

    /// <inheritdoc/>
    public ValueTask BeginSnapshotAsync(CancellationToken cancellationToken)
    {
        lock (gate) snapshot = entries.Count;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask EndSnapshotAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            entries = entries[snapshot..];
            snapshot = 0;
        }
        return default;
    }
}
