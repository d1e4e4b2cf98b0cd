using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Observers;

namespace Orleans.Runtime;

/// <summary>The one silo of the process: the directory of what can be called, and the way of calls to it.</summary>
internal sealed partial class Silo : IReferenceRuntime
{
    private readonly ConcurrentDictionary<GrainId, CallTarget> _targets = new();
    private readonly ConcurrentDictionary<GrainId, ObserverTarget> _observers = new();
    private readonly GrainCatalog _catalog;
    private readonly SiloMessagingOptions _messaging;
    private readonly CallFilters _filters;
    private IGrainRuntime? _grainRuntime;
    private long _waitForAnswer;
    private volatile SiloStatus _status = SiloStatus.Created;

    public Silo(
        IServiceProvider services, GrainCatalog catalog, TimeProvider time,
        IOptions<SiloMessagingOptions> messaging, IOptions<GrainCollectionOptions> collection, CallFilters filters,
        SiloInstruments instruments, ILogger<Silo> log)
    {
        Services = services;
        Instruments = instruments;
        instruments.ObserveActivations(() => Activations);
        Time = time;
        Log = log;
        Collection = collection.Value;
        MaxEnqueuedCalls = messaging.Value.MaxEnqueuedRequestsHardLimit;
        _catalog = catalog;
        _messaging = messaging.Value;
        _filters = filters;
        Clock = new SiloClock(time, _messaging.ResponseTimeout);
        Clock.Ticked += Sweep;
        _waitForAnswer = Clock.WaitFor(_messaging.ResponseTimeout);
    }

    public IServiceProvider Services { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public GrainCollectionOptions Collection { get; }

    public int MaxEnqueuedCalls { get; }

    public SiloStatus Status
    {
        get => _status;
        set => _status = value;
    }

    public SiloClock Clock { get; }

    public CallWatch Watch { get; } = new();

    public SiloInstruments Instruments { get; }

    public IGrainRuntime GrainRuntime => _grainRuntime ??= Services.GetRequiredService<IGrainRuntime>();

    public IOutgoingGrainCallFilter[] OutgoingFilters => _filters.Outgoing;

    public IIncomingGrainCallFilter[] IncomingFilters => _filters.Incoming;

    /// <summary>Milliseconds since the silo was made, as of the last tick of its clock.</summary>
    public long Now => Clock.Now;

    /// <summary>All activations.</summary>
    public IEnumerable<Activation> Activations => _targets.Values.SelectMany(target => target switch
    {
        Activation activation => [activation],
        WorkerGroup group => group.Workers,
        _ => Enumerable.Empty<Activation>(),
    });

    public GrainReference Cast(GrainReference reference, Type interfaceType) =>
        ReferenceFactory.Create(this, interfaceType, reference.GrainId);

    public void Send(GrainReference reference, GrainCall call)
    {
        var description = call.Description;
        call.Begin(isFiltered: _filters.Outgoing.Length > 0 || _filters.Incoming.Length > 0);
        call.Reference = reference;
        call.Source = RuntimeContext.Current as Activation;
        call.Context = RequestContext.Current;
        call.Interleaving = description.Interleaving;
        if (!description.IsOneWay) call.Deadline = DeadlineOf(description);
        call.SentAt = Instruments.StampCall();
        try
        {
            if (description.TakesToken && !ListenToToken(call)) return;
            if (reference.Target is not { IsGone: false } target)
            {
                reference.Target = target = Find(reference.GrainId, call.Source);
            }

            target.Receive(call);
        }
        catch (Exception exception)
        {
            call.Fail(exception);
        }
    }

    /// <summary>Sends a call to the activation that comes after the one which had it.</summary>
    public void Resend(GrainCall call)
    {
        try
        {
            Find(call.Reference!.GrainId, call.Source).Receive(call);
        }
        catch (Exception exception)
        {
            call.Fail(exception);
        }
    }

    /// <summary>Adds an observer.</summary>
    public void Add(GrainId id, ObserverTarget observer)
    {
        _observers[id] = observer;
        _targets[id] = observer;
    }

    public void RemoveObserver(GrainId id)
    {
        _targets.TryRemove(id, out _);
        if (_observers.TryRemove(id, out var observer)) observer.Delete();
    }

    public void Remove(Activation activation)
    {
        if (!_targets.TryGetValue(activation.GrainId, out var target)) return;
        if (target is WorkerGroup group) group.Remove(activation);
        else _targets.TryRemove(KeyValuePair.Create(activation.GrainId, target));
    }

    /// <summary>Ends the activations that have been idle for longer than their class may be.</summary>
    public void CollectIdle()
    {
        Instruments.OnCollection();
        foreach (var activation in Activations)
        {
            if (activation.GrainClass.CollectionAge is { } age) _ = activation.CollectIfIdleAsync(age);
        }
    }

    /// <summary>Ends the activations that have been idle for that long, but for those that are kept, and waits for that.</summary>
    public Task CollectIdleAsync(TimeSpan age) => Task.WhenAll(Activations
        .Where(activation => activation.GrainClass.CollectionAge is not null)
        .Select(activation => activation.CollectIfIdleAsync(age)));

    /// <summary>Ends all activations, and those that they make by calls from their ends.</summary>
    public async Task DeactivateAllAsync(CancellationToken cancellationToken)
    {
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping.");
        while (Activations.ToArray() is { Length: > 0 } activations && !cancellationToken.IsCancellationRequested)
        {
            foreach (var activation in activations) activation.Deactivate(reason, cancellationToken);
            try
            {
                await Task.WhenAll(activations.Select(activation => activation.Deactivated))
                    .WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                LogUnfinishedStop(Log, Activations.Count());
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "{Count} activations had not ended when the time to stop was over")]
    private static partial void LogUnfinishedStop(ILogger logger, int count);

    private long DeadlineOf(CallDescription description)
    {
        var wait = description.ResponseTimeout is { } own ? Clock.WaitFor(own) : _waitForAnswer;
        return wait == long.MaxValue ? wait : Now + wait;
    }

    private TimeSpan TimeoutOf(CallDescription description) =>
        description.ResponseTimeout ?? _messaging.ResponseTimeout;

    private bool ListenToToken(GrainCall call)
    {
        var token = call.Cancellation;
        if (!token.CanBeCanceled) return true;
        call.CancellationRegistration = token.UnsafeRegister(
            (call, token) =>
            {
                Instruments.OnCanceled(((GrainCall)call!).Reference!.GrainId);
                ((GrainCall)call).Fail(new OperationCanceledException(token));
            },
            call);
        return !call.IsCompleted;
    }

    private CallTarget Find(GrainId id, Activation? source)
    {
        while (true)
        {
            if (_targets.TryGetValue(id, out var known) && !known.IsGone) return known;
            if (ObserverTarget.IsObserver(id)) throw new ClientNotAvailableException(id);
            ThrowUnlessUp(id, source);
            var grainClass = _catalog.OfType(id.Type);
            var activation = grainClass.MaxWorkers == 0 ? new Activation(this, grainClass, id) : null;
            CallTarget created = activation is null ? new WorkerGroup(this, grainClass, id) : activation;
            if (!_targets.TryAdd(id, created)) continue;
            activation?.Start();
            return created;
        }
    }

    private void ThrowUnlessUp(GrainId id, Activation? source)
    {
        switch (_status)
        {
            // Grains that end may call others until all have ended.
            case SiloStatus.Joining or SiloStatus.Active:
            case SiloStatus.ShuttingDown when source is not null:
                return;
            case SiloStatus.Created:
                throw new SiloUnavailableException(
                    $"grain '{id}' can not be called: the silo has not started; start the host first");
            default:
                throw new SiloUnavailableException($"grain '{id}' can not be called: the silo is stopping");
        }
    }

    /// <summary>Fails the calls whose callers have waited too long, and forgets observers that nobody holds any more.</summary>
    private void Sweep()
    {
        // The option may change, for instance when a debugger is attached.
        _waitForAnswer = Clock.WaitFor(_messaging.ResponseTimeout);
        foreach (var (id, observer) in _observers)
        {
            if (observer.IsGone) RemoveObserver(id);
        }

        foreach (var (call, target) in Watch.TakeExpired(Now))
        {
            if (call.Reference is { } called) Instruments.OnTimedOut(called.GrainId);
            var timeout = TimeoutOf(call.Description);
            var progress = call.Slot == Slot.None ? "has not begun" : "has not ended";
            var error = new TimeoutException(
                $"{call.Description} of grain '{call.Reference?.GrainId}', called by "
                + (call.Source is { } source ? $"grain '{source.GrainId}'" : "code outside grains")
                + $", {progress} within {timeout}: {target.DescribeWork()}");

            // What waits for the call must not hold up the clock.
            ThreadPool.UnsafeQueueUserWorkItem(
                static pair => pair.call.SetException(pair.error), (call, error), preferLocal: false);
        }
    }
}
