namespace Orleans.Calls;

/// <summary>
/// Watches over the time-outs of calls: knows the targets that have had calls of late, so that a great many idle ones
/// cost nothing.
/// </summary>
internal sealed class CallWatch
{
    private readonly Lock _gate = new();
    private List<CallTarget> _watched = [];
    private List<CallTarget> _others = [];

    /// <summary>Watches a target, which calls this once until <see cref="TakeExpired"/> finds it without calls.</summary>
    public void Add(CallTarget target)
    {
        lock (_gate) _watched.Add(target);
    }

    /// <summary>
    /// The calls whose callers have waited too long, each completed but without an answer yet. Called by one thread at
    /// a time.
    /// </summary>
    public List<(GrainCall Call, CallTarget Target)> TakeExpired(long now)
    {
        List<CallTarget> looked;
        lock (_gate) (looked, _watched, _others) = (_watched, _others, _watched);
        List<(GrainCall Call, CallTarget Target)> expired = [];
        foreach (var target in looked)
        {
            if (target.TakeExpired(now, expired)) Add(target);
        }

        looked.Clear();
        return expired;
    }
}
