namespace Weir.Pravega;

/// <summary>Pravega could not do what it was asked. The message is a sentence that says where, what was wrong and what helps.</summary>
public class PravegaException : IOException
{
    /// <summary>With a sentence for people.</summary>
    public PravegaException(string message, Exception? cause = null) : base(message, cause) { }

    /// <summary>The scope it is about, where it is about one.</summary>
    public string? Scope { get; init; }

    /// <summary>The stream or key-value table it is about, where it is about one.</summary>
    public string? Stream { get; init; }

    /// <summary>The full name of the segment it is about, where it is about one.</summary>
    public string? Segment { get; init; }
}

/// <summary>There is no such scope, stream, table or transaction.</summary>
public sealed class PravegaNotFoundException(string message, Exception? cause = null) : PravegaException(message, cause);

/// <summary>The stream is sealed and takes no more events.</summary>
public sealed class PravegaStreamSealedException(ScopedStream stream)
    : PravegaException($"The stream '{stream}' is sealed and takes no more events.")
{
    internal static PravegaStreamSealedException Of(ScopedStream stream) =>
        new(stream) { Scope = stream.Scope, Stream = stream.Stream };
}

/// <summary>What was to be read has been truncated away.</summary>
public sealed class PravegaTruncatedException(string message) : PravegaException(message)
{
    /// <summary>The lowest offset of the segment that is still there; null where the whole segment is gone.</summary>
    public long? StartOffset { get; init; }
}

/// <summary>The bytes of a segment at this offset are no event: the offset does not lie between two events, or the segment was written as bytes.</summary>
public sealed class PravegaCorruptException(string message) : PravegaException(message);

/// <summary>Pravega does not know who asks: user or password is wrong, or a token is not valid.</summary>
public sealed class PravegaAuthenticationException(string message, Exception? cause = null) : PravegaException(message, cause);

/// <summary>Pravega knows who asks and does not allow it.</summary>
public sealed class PravegaNotAllowedException(string message, Exception? cause = null) : PravegaException(message, cause);

/// <summary>The server's certificate is not trusted, or TLS is not spoken there.</summary>
public sealed class PravegaTlsException(string message, Exception? cause = null) : PravegaException(message, cause);

/// <summary>A server could not be reached or has gone, for longer than the client was told to try.</summary>
public class PravegaUnavailableException(string message, Exception? cause = null) : PravegaException(message, cause);

/// <summary>A condition of an update did not hold: another version is stored, or the key is there, or it is not.</summary>
public sealed class PravegaConflictException(string message) : PravegaException(message);

/// <summary>A transaction is not open: it was committed, aborted, or its lease has run out.</summary>
public sealed class PravegaTransactionException(string message) : PravegaException(message)
{
    /// <summary>The transaction.</summary>
    public Guid Transaction { get; init; }
}

/// <summary>The peer sent what is not Pravega's protocol.</summary>
public sealed class PravegaProtocolException(string message) : PravegaException(message);
