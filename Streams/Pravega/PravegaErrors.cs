using Weir.Pravega;

namespace Weir.Streams.Pravega;

/// <summary>Pravega's errors in the words of the stream store's contract.</summary>
internal static class PravegaErrors
{
    public static Exception Translated(PravegaException error, StreamName name) => error switch
    {
        PravegaNotFoundException => new StreamNotFoundException(name),
        PravegaStreamSealedException => new StreamSealedException(name),
        _ => new StreamStoreException($"Pravega, stream '{name}': {error.Message}", error),
    };

    public static async Task<T> GuardAsync<T>(StreamName name, Func<Task<T>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (PravegaException e)
        {
            throw Translated(e, name);
        }
    }
}
