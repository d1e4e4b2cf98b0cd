namespace Orleans.Streams;

/// <summary>Keeps the position up to which a queue is done with.</summary>
public interface IStreamQueueCheckpointer<TCheckpoint>
{
    /// <summary>True if a position was loaded or set.</summary>
    bool CheckpointExists { get; }

    /// <summary>The stored position.</summary>
    Task<TCheckpoint> Load();

    /// <summary>Notes a position, to be stored in its time.</summary>
    void Update(TCheckpoint offset, DateTime utcNow);

    /// <summary>Stores what has been noted.</summary>
    Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Makes checkpointers.</summary>
public interface IStreamQueueCheckpointerFactory
{
    /// <summary>The checkpointer of a queue.</summary>
    Task<IStreamQueueCheckpointer<string>> Create(string partition);
}
