using System.Diagnostics;

namespace Orleans.Configuration;

/// <summary>Options of calls.</summary>
public abstract class MessagingOptions
{
    private TimeSpan _responseTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a caller waits for the answer. A call that runs then goes on, but its result is dropped; one that has
    /// not begun never begins.
    /// While a debugger is attached, <see cref="ResponseTimeoutWithDebugger"/> is used instead.
    /// </summary>
    public TimeSpan ResponseTimeout
    {
        get => Debugger.IsAttached ? ResponseTimeoutWithDebugger : _responseTimeout;
        set => _responseTimeout = value;
    }

    /// <summary>How long a caller waits for the answer while a debugger is attached.</summary>
    public TimeSpan ResponseTimeoutWithDebugger { get; set; } = TimeSpan.FromMinutes(30);
}

/// <summary>Options of the calls of a silo, from its grains and from its host.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>No limit.</summary>
    public const int DEFAULT_MAX_ENQUEUED_REQUESTS_HARD_LIMIT = 0;

    /// <summary>
    /// A request that finds more requests than that at its activation, waiting and running, is refused with
    /// <see cref="Runtime.LimitExceededException"/>; 0 for no limit.
    /// </summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; } = DEFAULT_MAX_ENQUEUED_REQUESTS_HARD_LIMIT;
}
