using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>
/// A call of a method that returns <see cref="IAsyncEnumerable{T}"/>: what the caller enumerates. It is never sent
/// itself; each enumeration asks the grain's <see cref="IAsyncEnumerableGrainExtension"/> for one batch after the other.
/// </summary>
internal abstract class AsyncEnumerableCall<T> : GrainCall, IAsyncEnumerable<T>
{
    /// <summary>How many elements come at once at most.</summary>
    public int MaxBatchSize { get; set; } = 100;

    /// <summary>The elements, from the grain's own object. In a turn.</summary>
    public abstract IAsyncEnumerable<T> Invoke(object instance);

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new RemoteEnumerator<T>(this, cancellationToken);

    public override void SetException(Exception exception)
    {
    }

    public override void Run(CallTarget target, object instance) => throw NotSent();

    public override void End(CallTarget target, Response response) => throw NotSent();

    public override ValueTask<Response> InvokeAsync(object instance) => throw NotSent();

    private NotSupportedException NotSent() => new($"{Description} is enumerated, not called");
}
