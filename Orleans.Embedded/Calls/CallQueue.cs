using System.Diagnostics.CodeAnalysis;

namespace Orleans.Calls;

/// <summary>Calls in the order in which they came, linked by <see cref="GrainCall.NextWaiting"/>.</summary>
internal struct CallQueue
{
    private GrainCall? _first;
    private GrainCall? _last;

    public int Count { get; private set; }

    public void Enqueue(GrainCall call)
    {
        if (_last is null) _first = call;
        else _last.NextWaiting = call;
        _last = call;
        Count++;
    }

    public readonly bool TryPeek([NotNullWhen(true)] out GrainCall? call)
    {
        call = _first;
        return call is not null;
    }

    public bool TryDequeue([NotNullWhen(true)] out GrainCall? call)
    {
        call = _first;
        if (call is null) return false;
        _first = call.NextWaiting;
        if (_first is null) _last = null;
        call.NextWaiting = null;
        Count--;
        return true;
    }
}
