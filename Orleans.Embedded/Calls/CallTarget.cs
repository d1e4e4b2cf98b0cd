using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>What calls are sent to: an activation, a group of them, or an observer.</summary>
/// <param name="watch">Watches over the time-outs of its calls.</param>
internal abstract class CallTarget(CallWatch watch)
{
    private GrainCall? _first;
    private bool _isWatched;

    /// <summary>True if the target takes no more calls, so that its grain has to be looked up again.</summary>
    public abstract bool IsGone { get; }

    /// <summary>Guards the list of calls and whatever the target adds.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Takes a call. Called by any thread.</summary>
    public abstract void Receive(GrainCall call);

    /// <summary>A call that the target ran has ended, with that error if it failed.</summary>
    public abstract void OnFinished(GrainCall call, Exception? error);

    /// <summary>What the target is doing, for the message of a time-out.</summary>
    public abstract string DescribeWork();

    /// <summary>
    /// Adds the calls whose callers have waited too long, each completed but without an answer yet; false if the target
    /// has no calls, so that it need not be watched.
    /// </summary>
    public bool TakeExpired(long now, List<(GrainCall Call, CallTarget Target)> expired)
    {
        lock (Gate)
        {
            for (var call = _first; call is not null; call = call.Next)
            {
                if (call.Deadline <= now && call.TryComplete()) expired.Add((call, this));
            }

            return _isWatched = _first is not null;
        }
    }

    /// <summary>Notes that the target has the call; under <see cref="Gate"/>.</summary>
    protected void Track(GrainCall call)
    {
        if (!_isWatched)
        {
            _isWatched = true;
            watch.Add(this);
        }

        call.Next = _first;
        if (_first is not null) _first.Previous = call;
        _first = call;
    }

    /// <summary>Forgets the call; under <see cref="Gate"/>.</summary>
    protected void Untrack(GrainCall call)
    {
        if (call.Previous is not null) call.Previous.Next = call.Next;
        else if (ReferenceEquals(_first, call)) _first = call.Next;
        if (call.Next is not null) call.Next.Previous = call.Previous;
        call.Next = call.Previous = null;
    }
}
