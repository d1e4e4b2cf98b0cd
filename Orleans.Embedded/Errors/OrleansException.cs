namespace Orleans.Runtime;

/// <summary>The base of the runtime's errors.</summary>
public class OrleansException : Exception
{
    /// <summary>An error without details.</summary>
    public OrleansException()
    {
    }

    /// <summary>An error with a message.</summary>
    public OrleansException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public OrleansException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The configuration is wrong.</summary>
public sealed class OrleansConfigurationException : Exception
{
    /// <summary>An error with a message.</summary>
    public OrleansConfigurationException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public OrleansConfigurationException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The runtime did not take a request.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message) : base(message)
    {
    }

    internal OrleansMessageRejectionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A grain was called by an extension interface that it does not have.</summary>
public sealed class GrainExtensionNotInstalledException : OrleansException
{
    /// <summary>An error without details.</summary>
    public GrainExtensionNotInstalledException()
    {
    }

    /// <summary>An error with a message.</summary>
    public GrainExtensionNotInstalledException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public GrainExtensionNotInstalledException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>The silo is not up, or is no longer up.</summary>
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <summary>An error without details.</summary>
    public SiloUnavailableException() : base("The silo is not up.")
    {
    }

    /// <summary>An error with a message.</summary>
    public SiloUnavailableException(string msg) : base(msg)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public SiloUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A limit is exceeded, such as that of requests that wait for one activation.</summary>
public sealed class LimitExceededException : OrleansException
{
    /// <summary>An error without details.</summary>
    public LimitExceededException()
    {
    }

    /// <summary>An error with a message.</summary>
    public LimitExceededException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public LimitExceededException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>An error with the limit and what exceeds it.</summary>
    public LimitExceededException(string limitName, int current, int threshold, object extraInfo)
        : base($"{limitName}: {current} exceeds the limit of {threshold} ({extraInfo})")
    {
    }
}

/// <summary>The observer that a reference means is gone: deleted, or collected because nobody held it.</summary>
public sealed class ClientNotAvailableException : OrleansException
{
    internal ClientNotAvailableException(GrainId clientId)
        : base($"observer '{clientId}' is gone: its reference was deleted, or nobody held the object any longer")
    {
    }
}
