using Orleans.Calls;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>The enumerations that an activation has under way.</summary>
internal interface IAsyncEnumerableGrainExtension : IGrainExtension
{
    /// <summary>Begins an enumeration and gives the first elements of it.</summary>
    [AlwaysInterleave]
    ValueTask<(EnumerationResult Status, object? Value)> StartEnumeration<T>(
        Guid requestId, [Immutable] AsyncEnumerableCall<T> request, CancellationToken cancellationToken);

    /// <summary>Gives the next elements.</summary>
    [AlwaysInterleave]
    ValueTask<(EnumerationResult Status, object? Value)> MoveNext<T>(Guid requestId, CancellationToken cancellationToken);

    /// <summary>Ends an enumeration.</summary>
    [AlwaysInterleave]
    ValueTask DisposeAsync(Guid requestId);
}

/// <summary>What one step of an enumeration has brought.</summary>
[Flags]
internal enum EnumerationResult
{
    /// <summary>Nothing yet: ask again.</summary>
    Heartbeat = 1,

    /// <summary>One element.</summary>
    Element = 1 << 1,

    /// <summary>A list of elements.</summary>
    Batch = 1 << 2,

    /// <summary>There are no more; may go with elements.</summary>
    Completed = 1 << 3,

    /// <summary>There is no such enumeration.</summary>
    MissingEnumeratorError = 1 << 4,

    /// <summary>The enumeration has failed; the value is the error.</summary>
    Error = 1 << 5,

    /// <summary>The enumeration was cancelled.</summary>
    Canceled = 1 << 6,
}
