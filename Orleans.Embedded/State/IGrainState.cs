#nullable disable
namespace Orleans;

/// <summary>A stored state with its version, as a grain storage reads and writes it.</summary>
public interface IGrainState<T>
{
    /// <summary>The state.</summary>
    T State { get; set; }

    /// <summary>The version that was read or written last, null if none.</summary>
    string ETag { get; set; }

    /// <summary>True if there is a stored state.</summary>
    bool RecordExists { get; set; }
}

/// <summary>A stored state with its version.</summary>
[GenerateSerializer]
public sealed class GrainState<T> : IGrainState<T>
{
    /// <summary>No state.</summary>
    public GrainState()
    {
    }

    /// <summary>That state.</summary>
    public GrainState(T state) => State = state;

    /// <summary>That state in that version.</summary>
    public GrainState(T state, string eTag)
    {
        State = state;
        ETag = eTag;
    }

    /// <inheritdoc/>
    [Id(0)]
    public T State { get; set; }

    /// <inheritdoc/>
    [Id(1)]
    public string ETag { get; set; }

    /// <inheritdoc/>
    [Id(2)]
    public bool RecordExists { get; set; }
}
