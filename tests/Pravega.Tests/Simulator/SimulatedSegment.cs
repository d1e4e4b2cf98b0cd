namespace Weir.Pravega.Tests.Simulator;

/// <summary>A segment as the simulated store keeps it; used by one at a time, under the store's lock.</summary>
internal sealed class SimulatedSegment(SegmentRange range)
{
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SegmentRange Range => range;

    public List<byte> Bytes { get; } = [];

    public Dictionary<Guid, long> LastNumbers { get; } = [];

    public bool IsSealed { get; private set; }

    public List<SegmentRange> Followers { get; private set; } = [];

    /// <summary>Which of the stores has it.</summary>
    public int Store { get; set; }

    /// <summary>Ends when there is more, or it is sealed.</summary>
    public Task Changed => changed.Task;

    public void Append(Guid writer, ReadOnlyMemory<byte> data, long lastNumber)
    {
        Bytes.AddRange(data.Span);
        LastNumbers[writer] = lastNumber;
        Tell();
    }

    public void Seal(IEnumerable<SegmentRange> followers)
    {
        IsSealed = true;
        Followers = [.. followers];
        Tell();
    }

    private void Tell()
    {
        changed.TrySetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
