namespace Orleans;

/// <summary>What takes part in a start and a stop.</summary>
public interface ILifecycleObserver
{
    /// <summary>Called when its stage starts. A failure ends the whole start.</summary>
    Task OnStart(CancellationToken cancellationToken = default);

    /// <summary>Called when its stage stops. A failure is logged.</summary>
    Task OnStop(CancellationToken cancellationToken = default);
}

/// <summary>A start in stages, from the lowest number to the highest, and a stop the other way round.</summary>
public interface ILifecycleObservable
{
    /// <summary>Adds an observer to a stage, until the result is disposed of.</summary>
    IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer);
}

/// <summary>A service that takes part in a lifecycle; such services are found by dependency injection.</summary>
public interface ILifecycleParticipant<TLifecycleObservable>
    where TLifecycleObservable : ILifecycleObservable
{
    /// <summary>Called once, to subscribe.</summary>
    void Participate(TLifecycleObservable lifecycle);
}

/// <summary>Taking part in lifecycles with plain functions.</summary>
public static class LifecycleExtensions
{
    /// <summary>Adds functions to a stage.</summary>
    public static IDisposable Subscribe(
        this ILifecycleObservable observable, string observerName, int stage,
        Func<CancellationToken, Task> onStart, Func<CancellationToken, Task>? onStop)
    {
        ArgumentNullException.ThrowIfNull(observable);
        ArgumentNullException.ThrowIfNull(onStart);
        return observable.Subscribe(observerName, stage, new Functions(onStart, onStop));
    }

    /// <summary>Adds a function to a stage.</summary>
    public static IDisposable Subscribe(
        this ILifecycleObservable observable, string observerName, int stage, Func<CancellationToken, Task> onStart) =>
        observable.Subscribe(observerName, stage, onStart, null);

    /// <summary>Adds functions to a stage under the name of a type.</summary>
    public static IDisposable Subscribe<TObserver>(
        this ILifecycleObservable observable, int stage,
        Func<CancellationToken, Task> onStart, Func<CancellationToken, Task> onStop) =>
        observable.Subscribe(typeof(TObserver).FullName!, stage, onStart, onStop);

    /// <summary>Adds a function to a stage under the name of a type.</summary>
    public static IDisposable Subscribe<TObserver>(
        this ILifecycleObservable observable, int stage, Func<CancellationToken, Task> onStart) =>
        observable.Subscribe(typeof(TObserver).FullName!, stage, onStart, null);

    /// <summary>Adds an observer to a stage under the name of a type.</summary>
    public static IDisposable Subscribe<TObserver>(
        this ILifecycleObservable observable, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observable);
        return observable.Subscribe(typeof(TObserver).FullName!, stage, observer);
    }

    /// <summary>Adds an observer to a stage under the name of its own type.</summary>
    public static IDisposable Subscribe(
        this ILifecycleObservable observable, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observable);
        ArgumentNullException.ThrowIfNull(observer);
        return observable.Subscribe(observer.GetType().FullName!, stage, observer);
    }

    private sealed class Functions(Func<CancellationToken, Task> onStart, Func<CancellationToken, Task>? onStop)
        : ILifecycleObserver
    {
        public Task OnStart(CancellationToken cancellationToken) => onStart(cancellationToken);

        public Task OnStop(CancellationToken cancellationToken) => onStop?.Invoke(cancellationToken) ?? Task.CompletedTask;
    }
}

/// <summary>The stages of a silo's start.</summary>
public static class ServiceLifecycleStage
{
    /// <summary>Before all.</summary>
    public const int First = int.MinValue;

    /// <summary>The runtime is set up.</summary>
    public const int RuntimeInitialize = 2000;

    /// <summary>The runtime's services start.</summary>
    public const int RuntimeServices = 4000;

    /// <summary>Stores of the runtime start.</summary>
    public const int RuntimeStorageServices = 6000;

    /// <summary>Services that are grains start.</summary>
    public const int RuntimeGrainServices = 8000;

    /// <summary>Services that are grains have started.</summary>
    public const int AfterRuntimeGrainServices = 8100;

    /// <summary>Stores and stream providers of the application start.</summary>
    public const int ApplicationServices = 10000;

    /// <summary>At the stop, all grains are deactivated here.</summary>
    public const int GrainDeactivation = BecomeActive - 1;

    /// <summary>The silo takes calls from now on.</summary>
    public const int BecomeActive = Active - 1;

    /// <summary>The silo is up: startup tasks run, streams flow.</summary>
    public const int Active = 20000;

    /// <summary>After all.</summary>
    public const int Last = int.MaxValue;
}
