using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A grain names a store that is not registered.</summary>
public sealed class BadProviderConfigException : OrleansException
{
    /// <summary>An error without details.</summary>
    public BadProviderConfigException()
    {
    }

    /// <summary>An error with a message.</summary>
    public BadProviderConfigException(string msg) : base(msg)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public BadProviderConfigException(string msg, Exception exc) : base(msg, exc)
    {
    }
}
