#nullable disable
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>
/// A store of grain state. It is registered by name with <c>services.AddGrainStorage(name, factory)</c>, or as the
/// keyed service of that name. Thread-safe.
/// </summary>
public interface IGrainStorage
{
    /// <summary>Reads into <paramref name="grainState"/> what is stored; sets its version and whether it exists.</summary>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Stores the state and sets its new version.</summary>
    /// <exception cref="InconsistentStateException">The stored version is another than the state's.</exception>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <summary>Removes the stored state.</summary>
    /// <exception cref="InconsistentStateException">The stored version is another than the state's.</exception>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);
}

/// <summary>A write met a stored version other than the one that was read: somebody else has written.</summary>
/// <remarks>An activation that lets this error out is ended, so that the next call reads the state anew.</remarks>
public class InconsistentStateException : OrleansException
{
    /// <summary>An error without details.</summary>
    public InconsistentStateException()
    {
    }

    /// <summary>An error with a message.</summary>
    public InconsistentStateException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public InconsistentStateException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>An error with the two versions.</summary>
    public InconsistentStateException(string errorMsg, string storedEtag, string currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>An error with the two versions and the store's own error.</summary>
    public InconsistentStateException(string storedEtag, string currentEtag, Exception storageException)
        : this(storageException?.Message, storedEtag, currentEtag, storageException)
    {
    }

    /// <summary>An error with the two versions and the store's own error.</summary>
    public InconsistentStateException(
        string errorMsg, string storedEtag, string currentEtag, Exception storageException)
        : base(errorMsg, storageException)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>The version in the store.</summary>
    public string StoredEtag { get; }

    /// <summary>The version that the grain has.</summary>
    public string CurrentEtag { get; }

    /// <summary>Message and versions.</summary>
    public override string ToString() =>
        $"{nameof(InconsistentStateException)}: {Message} (stored version '{StoredEtag}', expected '{CurrentEtag}')"
        + (InnerException is null ? "" : $"{Environment.NewLine}{InnerException}")
        + (StackTrace is null ? "" : $"{Environment.NewLine}{StackTrace}");
}
