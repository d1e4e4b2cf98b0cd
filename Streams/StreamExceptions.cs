namespace Weir.Streams;

/// <summary>A store could not do what it was asked; the message says which stream, what was wrong and what helps.</summary>
public class StreamStoreException : IOException
{
    /// <summary>With a sentence for people.</summary>
    public StreamStoreException(string message) : base(message) { }

    /// <summary>With a sentence for people and what lies beneath.</summary>
    public StreamStoreException(string message, Exception cause) : base(message, cause) { }
}

/// <summary>There is no stream of that name.</summary>
public sealed class StreamNotFoundException(StreamName name)
    : StreamStoreException($"There is no stream '{name}'.");

/// <summary>The stream is sealed and takes no more appends.</summary>
public sealed class StreamSealedException(StreamName name)
    : StreamStoreException($"The stream '{name}' is sealed and takes no more appends.");

/// <summary>Somebody else has become the owner of a reader since.</summary>
public sealed class StreamFencedException(StreamName name, string reader, long owner, long stored)
    : StreamStoreException(
        $"The reader '{reader}' of stream '{name}' belongs to owner version {stored} now; version {owner} must stop.");
