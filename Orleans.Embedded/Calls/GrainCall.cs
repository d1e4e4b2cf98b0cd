using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>
/// A request: made by a reference, run in a turn of its target, completed once - by its end, by the time-out or by the
/// caller's cancellation, whichever is first. The classes for single methods, with the arguments as fields, are emitted.
/// </summary>
/// <remarks>
/// Two hold a call: its target until it has ended there, and its caller until it has taken the answer. When both let go
/// of a call that ended in order, the object serves the next one. Calls that timed out, were cancelled or went through
/// filters may be known to others still, so the garbage collector takes those.
/// </remarks>
internal abstract partial class GrainCall
{
    private const int Pending = 0;
    private const int Completed = 1;

    private int _state;
    private int _holders;
    private bool _isPooled;
    private bool _endedInOrder;

    /// <summary>What the call is about.</summary>
    public abstract CallDescription Description { get; }

    /// <summary>The reference it was made by; null for calls that the runtime makes itself.</summary>
    public GrainReference? Reference { get; set; }

    /// <summary>Where it was made; null outside grains.</summary>
    public Activation? Source { get; set; }

    /// <summary>What goes along with it.</summary>
    public RequestContext.ContextValues? Context { get; set; }

    /// <summary>When the caller gives up, in the silo's milliseconds.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>When it was sent, as <see cref="System.Diagnostics.Stopwatch"/> counts; 0 if nobody wants to know.</summary>
    public long SentAt { get; set; }

    /// <summary>
    /// The neighbours in the list of calls that the target has; guarded by the target. In the pool, the next free call.
    /// </summary>
    public GrainCall? Next { get; set; }

    /// <inheritdoc cref="Next"/>
    public GrainCall? Previous { get; set; }

    /// <summary>The call after it in the queue of those that wait; touched in turns of the target only.</summary>
    public GrainCall? NextWaiting { get; set; }

    /// <summary>How the target lets it in beside others.</summary>
    public Interleaving Interleaving { get; set; }

    /// <summary>How it was let in; <see cref="Slot.None"/> until then.</summary>
    public Slot Slot { get; set; }

    /// <summary>The registration with the token among the arguments.</summary>
    public IDisposable? CancellationRegistration { get; set; }

    public bool IsCompleted => Volatile.Read(ref _state) == Completed;

    /// <summary>The token among the arguments, if there is one.</summary>
    public virtual CancellationToken Cancellation => CancellationToken.None;

    /// <summary>True if the caller takes the answer from the call itself, so that it holds the call until then.</summary>
    protected virtual bool IsHeldByCaller => false;

    /// <summary>Begins the way of the call, before it is sent.</summary>
    public void Begin(bool isFiltered)
    {
        var description = Description;
        _isPooled = description.IsPooled && !isFiltered;
        _holders = IsHeldByCaller && !description.IsOneWay ? 2 : 1;
    }

    /// <summary>Calls the method of <paramref name="instance"/>; <paramref name="target"/> is told of the end.</summary>
    public abstract void Run(CallTarget target, object instance);

    /// <summary>Fails the call without running it to its end, unless it is completed already.</summary>
    public void Fail(Exception exception)
    {
        if (TryComplete() && !Description.IsOneWay) SetException(exception);
    }

    /// <summary>True for the one who may give the caller its answer.</summary>
    public bool TryComplete() => Interlocked.CompareExchange(ref _state, Completed, Pending) == Pending;

    /// <summary>Gives the caller an error, after it has been completed.</summary>
    public abstract void SetException(Exception exception);

    /// <summary>One of those who hold the call lets go of it and must not touch it any more.</summary>
    public void Release()
    {
        if (Volatile.Read(ref _holders) != 1 && Interlocked.Decrement(ref _holders) != 0) return;
        if (!_endedInOrder) return;
        Clear();
        ClearArguments();
        CallPool.Return(this, Description.Number);
    }

    /// <summary>Another call of the same method with the same arguments, which has not been sent yet.</summary>
    public GrainCall Copy()
    {
        var copy = (GrainCall)MemberwiseClone();
        copy.Clear();
        copy.ForgetParts();
        return copy;
    }

    public override string ToString() => $"{Description} of '{Reference?.GrainId.ToString() ?? "the runtime"}'";

    /// <summary>The same as <see cref="TryComplete"/> for the target, at the end of the method.</summary>
    protected bool TryEnd()
    {
        if (!TryComplete()) return false;
        _endedInOrder = _isPooled;
        return true;
    }

    /// <summary>Forgets everything of the call but its arguments.</summary>
    protected virtual void Clear()
    {
        _endedInOrder = false;
        _state = Pending;
        Reference = null;
        Source = null;
        Context = null;
        Deadline = long.MaxValue;
        SentAt = 0;
        Slot = Slot.None;
    }

    /// <summary>Forgets the objects that a call keeps for itself from one use to the next.</summary>
    protected virtual void ForgetParts()
    {
    }

    /// <summary>Forgets the arguments. Overridden by emitted code.</summary>
    protected virtual void ClearArguments()
    {
    }

    protected static Exception ErrorOf(Task task) => task.IsCanceled
        ? new TaskCanceledException(task)
        : task.Exception!.InnerExceptions[0];

    protected InvalidOperationException NullTask() => new($"{Description} returned null instead of a task");
}

/// <summary>The place that a running call takes up.</summary>
internal enum Slot
{
    /// <summary>It does not run.</summary>
    None,

    /// <summary>It runs beside all others.</summary>
    Shared,

    /// <summary>It runs beside other read-only calls.</summary>
    Reader,

    /// <summary>It runs alone.</summary>
    Exclusive,
}

/// <summary>How a call is let in while others run.</summary>
internal enum Interleaving
{
    /// <summary>Alone among those that are not <see cref="Always"/>.</summary>
    Never,

    /// <summary>Beside other read-only calls.</summary>
    ReadOnly,

    /// <summary>Beside all.</summary>
    Always,
}
