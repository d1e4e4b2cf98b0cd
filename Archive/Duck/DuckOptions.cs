namespace Weir.Archive.Duck;

/// <summary>What DuckDB may use.</summary>
public sealed record DuckOptions
{
    /// <summary>Most memory that DuckDB may take, in bytes; at least 64 MiB.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>Threads that one query may use; 1 to 256. The default is one for each processor.</summary>
    public int Threads { get; init; } = Math.Max(1, Environment.ProcessorCount);

    internal void Validate()
    {
        if (MemoryBytes < 64L << 20)
            throw new ArgumentException($"duck.memory must be at least 67,108,864 bytes (64 MiB), but is {MemoryBytes:N0}.");
        if (Threads is < 1 or > 256)
            throw new ArgumentException($"duck.threads must be between 1 and 256, but is {Threads:N0}.");
    }
}
