using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>Setting up the enumeration of what a grain method gives.</summary>
public static class AsyncEnumerableExtensions
{
    /// <summary>
    /// Sets how many elements come from the grain at once at most, if they are there: by default 100. Does nothing for
    /// enumerations that are not from grains.
    /// </summary>
    /// <param name="self">What a grain method has returned.</param>
    /// <param name="maxBatchSize">The count, at least 1.</param>
    public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchSize, 1);
        if (self is AsyncEnumerableCall<T> call) call.MaxBatchSize = maxBatchSize;
        return self;
    }
}

/// <summary>The grain has no record of the enumeration any more: it was deactivated, or the enumeration expired.</summary>
[GenerateSerializer]
public sealed class EnumerationAbortedException : Exception
{
    /// <summary>An error without words.</summary>
    public EnumerationAbortedException()
    {
    }

    /// <summary>An error in words.</summary>
    public EnumerationAbortedException(string message) : base(message)
    {
    }

    /// <summary>An error with what caused it.</summary>
    public EnumerationAbortedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
