using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>How a reference sends the calls of each kind of method. Called by emitted code.</summary>
public partial class GrainReference
{
    internal Task<T> Send<T>(TaskCall<T> call)
    {
        if (_runtime.OutgoingFilters.Length > 0) return Filter(call, default(T)!, copy => new ValueTask<T>(SendNow(copy)));
        return SendNow(call);
    }

    internal Task Send(TaskCall call)
    {
        if (_runtime.OutgoingFilters.Length > 0) return Filter<TaskCall, Nothing>(call, default, SendLater);
        return SendNow(call);

        async ValueTask<Nothing> SendLater(TaskCall copy)
        {
            await SendNow(copy);
            return default;
        }
    }

    internal ValueTask<T> Send<T>(ValueTaskCall<T> call)
    {
        if (_runtime.OutgoingFilters.Length > 0) return new ValueTask<T>(Filter(call, default(T)!, SendNow));
        return SendNow(call);
    }

    internal ValueTask Send(ValueTaskCall call)
    {
        if (_runtime.OutgoingFilters.Length > 0) return new ValueTask(Filter<ValueTaskCall, Nothing>(call, default, SendLater));
        return SendNow(call);

        async ValueTask<Nothing> SendLater(ValueTaskCall copy)
        {
            await SendNow(copy);
            return default;
        }
    }

    internal void Send(VoidCall call)
    {
        if (_runtime.OutgoingFilters.Length == 0)
        {
            _runtime.Send(this, call);
            return;
        }

        _ = Filter<VoidCall, Nothing>(call, default, SendLater);

        ValueTask<Nothing> SendLater(VoidCall copy)
        {
            _runtime.Send(this, copy);
            return default;
        }
    }

    internal IAsyncEnumerable<T> Send<T>(AsyncEnumerableCall<T> call)
    {
        call.Reference = this;
        return call;
    }

    private Task<T> SendNow<T>(TaskCall<T> call)
    {
        // Before it is sent: what has ended may serve another call.
        var task = call.Description.IsOneWay ? Task.FromResult<T>(default!) : call.CallerTask;
        _runtime.Send(this, call);
        return task;
    }

    private Task SendNow(TaskCall call)
    {
        var task = call.Description.IsOneWay ? Task.CompletedTask : call.CallerTask;
        _runtime.Send(this, call);
        return task;
    }

    private ValueTask<T> SendNow<T>(ValueTaskCall<T> call)
    {
        var task = call.Description.IsOneWay ? default : call.CallerValue;
        _runtime.Send(this, call);
        return task;
    }

    private ValueTask SendNow(ValueTaskCall call)
    {
        var task = call.Description.IsOneWay ? default : call.CallerEnd;
        _runtime.Send(this, call);
        return task;
    }

    /// <summary>Sends copies of a call, one each time that the last filter goes on.</summary>
    private Task<T> Filter<TCall, T>(TCall call, T oneWayResult, Func<TCall, ValueTask<T>> send)
        where TCall : GrainCall
    {
        var context = new OutgoingCallContext<T>(
            this, call, _runtime.OutgoingFilters, () => send((TCall)call.Copy()));
        var task = context.RunAsync();
        if (!call.Description.IsOneWay) return task;
        _ = task.ContinueWith(
            static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return Task.FromResult(oneWayResult);
    }
}
