using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>How an activation begins and ends.</summary>
internal sealed partial class Activation
{
    // Most activations need few of these, and there may be a great many idle ones: each is made when it is asked for.
    private GrainLifecycle? _lifecycle;
    private TaskCompletionSource? _deactivated;
    private List<GrainTimer>? _timers;
    private IServiceScope? _scope;
    private StrongBox<DeactivationReason>? _endAfterStart;
    private volatile State _state;
    private bool _isOver;
    private Exception? _startError;
    private TaskCompletionSource? _drained;
    private long _lastUse;
    private long _keptUntil = long.MinValue;

    private static readonly Action<Activation> s_activate = static activation => _ = activation.ActivateAsync();

    private enum State
    {
        New,
        Activating,
        Active,
        Ending,
        Gone,
    }

    /// <summary>True from when the end has begun.</summary>
    public bool IsEnding => _state is State.Ending or State.Gone;

    public IServiceProvider ActivationServices
    {
        get
        {
            if (Volatile.Read(ref _scope) is { } known) return known.ServiceProvider;
            lock (Gate) return (_scope ??= Silo.Services.CreateScope()).ServiceProvider;
        }
    }

    public IGrainLifecycle ObservableLifecycle
    {
        get
        {
            lock (Gate) return _lifecycle ??= new GrainLifecycle();
        }
    }

    public Task Deactivated
    {
        get
        {
            lock (Gate)
            {
                if (_isOver) return Task.CompletedTask;
                return (_deactivated ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    /// <summary>Begins the first turn.</summary>
    public void Start() => _scheduler.Enqueue(s_activate);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (_scheduler.IsCurrent) End(deactivationReason, cancellationToken);
        else _scheduler.Enqueue((Action)(() => End(deactivationReason, cancellationToken)));
    }

    /// <summary>
    /// Keeps the activation that long from now, for ever if the span is infinite; another negative one takes that back.
    /// </summary>
    public void DelayDeactivation(TimeSpan span) => Volatile.Write(
        ref _keptUntil,
        span == TimeSpan.MaxValue || span == Timeout.InfiniteTimeSpan ? long.MaxValue
        : span <= TimeSpan.Zero ? long.MinValue
        : Silo.Now + (long)span.TotalMilliseconds);

    /// <summary>Ends the activation if it has been idle for that long; completes when it has, or stays.</summary>
    public Task CollectIfIdleAsync(TimeSpan age)
    {
        if (!IsIdle(age)) return Task.CompletedTask;
        var decided = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        _scheduler.Enqueue((Action)(() =>
        {
            var stays = _state != State.Active || !IsIdle(age);
            if (!stays) End(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Idle for {age}."), default);
            decided.SetResult(stays ? Task.CompletedTask : Deactivated);
        }));
        return decided.Task.Unwrap();
    }

    public void AddTimer(GrainTimer timer)
    {
        lock (Gate) (_timers ??= []).Add(timer);
    }

    public void RemoveTimer(GrainTimer timer)
    {
        lock (Gate) _timers?.Remove(timer);
    }

    private bool IsIdle(TimeSpan age)
    {
        var now = Silo.Now;
        return Load == 0 && now >= Volatile.Read(ref _keptUntil)
            && now - Volatile.Read(ref _lastUse) >= age.TotalMilliseconds;
    }

    private async Task ActivateAsync()
    {
        _state = State.Activating;
        var begun = Silo.Instruments.StampActivation();
        try
        {
            GrainInstance = GrainClass.CreateInstance(this);
            if (GrainInstance is ILifecycleParticipant<IGrainLifecycle> participant) participant.Participate(ObservableLifecycle);
            if (_lifecycle is not null || GrainClass.HasActivation) await StartInstanceAsync();
        }
        catch (Exception exception)
        {
            Silo.Instruments.OnFailedToActivate(GrainClass, begun);
            await FailStartAsync(exception);
            return;
        }

        _lastUse = Silo.Now;
        _state = State.Active;
        Silo.Instruments.OnActivated(GrainClass, begun);
        AdmitWaiting();
        if (_endAfterStart is { } reason) End(reason.Value, default);
    }

    private async Task StartInstanceAsync()
    {
        using var timeout = new CancellationTokenSource(Silo.Collection.ActivationTimeout, Silo.Time);
        if (_lifecycle is not null) await _lifecycle.StartAsync(timeout.Token).WaitAsync(timeout.Token);
        if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(timeout.Token).WaitAsync(timeout.Token);
    }

    private async Task FailStartAsync(Exception exception)
    {
        _startError = exception;
        LogFailedStart(Silo.Log, exception, GrainId, GrainClass.Class);
        StopTimers();
        if (_lifecycle is not null) await _lifecycle.StopAsync(default, Silo.Log);
        await DisposeInstanceAsync();
        Silo.Remove(this);
        _state = State.Gone;
        while (_waiting.TryDequeue(out var call))
        {
            Forget(call);
            call.Fail(exception);
            call.Release();
        }

        BeOver();
    }

    private void End(DeactivationReason reason, CancellationToken cancellationToken)
    {
        switch (_state)
        {
            case State.New or State.Activating:
                _endAfterStart = new StrongBox<DeactivationReason>(reason);
                break;
            case State.Active:
                _state = State.Ending;
                _ = EndAsync(reason, cancellationToken);
                break;
        }
    }

    private async Task EndAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        StopTimers();
        StopWaitingExtensions();
        if (_lifecycle is not null || GrainClass.HasDeactivation || _running > 0) await StopInstanceAsync(reason, cancellationToken);
        await DisposeInstanceAsync();

        // First out of the directory, then gone: a call that is forwarded must not find this activation again.
        Silo.Remove(this);
        _state = State.Gone;
        Silo.Instruments.OnDeactivated(GrainClass, reason.ReasonCode);
        while (_waiting.TryDequeue(out var call)) Forward(call);
        BeOver();
    }

    private async Task StopInstanceAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Silo.Collection.DeactivationTimeout, Silo.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            if (_running > 0)
            {
                _drained = new TaskCompletionSource();
                await _drained.Task.WaitAsync(either.Token);
            }

            if (GrainInstance is IGrainBase grain)
            {
                await grain.OnDeactivateAsync(reason, either.Token).WaitAsync(either.Token);
            }
        }
        catch (Exception exception)
        {
            LogFailedEnd(Silo.Log, exception, GrainId, GrainClass.Class, reason.ReasonCode);
        }

        if (_lifecycle is not null) await _lifecycle.StopAsync(either.Token, Silo.Log);
    }

    private void BeOver()
    {
        TaskCompletionSource? waited;
        lock (Gate)
        {
            _isOver = true;
            waited = _deactivated;
        }

        waited?.TrySetResult();
    }

    private void StopTimers()
    {
        GrainTimer[] timers;
        lock (Gate) timers = _timers is null ? [] : [.. _timers];
        foreach (var timer in timers) timer.Dispose();
    }

    private async Task DisposeInstanceAsync()
    {
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else if (GrainInstance is IDisposable disposable) disposable.Dispose();
            if (_scope is IAsyncDisposable scope) await scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            LogFailedDispose(Silo.Log, exception, GrainId, GrainClass.Class);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Grain '{GrainId}' of {Class} could not be activated")]
    private static partial void LogFailedStart(ILogger logger, Exception exception, GrainId grainId, Type @class);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Grain '{GrainId}' of {Class} did not end in good order ({Reason})")]
    private static partial void LogFailedEnd(
        ILogger logger, Exception exception, GrainId grainId, Type @class, DeactivationReasonCode reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Grain '{GrainId}' of {Class} could not be disposed of")]
    private static partial void LogFailedDispose(ILogger logger, Exception exception, GrainId grainId, Type @class);
}
