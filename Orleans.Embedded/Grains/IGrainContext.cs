namespace Orleans.Runtime;

/// <summary>An activation of a grain, as its own code and its services see it.</summary>
public interface IGrainContext : IEquatable<IGrainContext>
{
    /// <summary>A reference to the grain.</summary>
    GrainReference GrainReference { get; }

    /// <summary>The grain's identity.</summary>
    GrainId GrainId { get; }

    /// <summary>The grain object, null until it is made.</summary>
    object? GrainInstance { get; }

    /// <summary>The services of this activation's scope.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>The stages of this activation.</summary>
    IGrainLifecycle ObservableLifecycle { get; }

    /// <summary>Runs work as turns of this activation.</summary>
    IWorkItemScheduler Scheduler { get; }

    /// <summary>Completes when the activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Lets the activation end when what runs has run; what waits goes to a new activation.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}

/// <summary>Gives the activation whose turn the calling code runs in.</summary>
public interface IGrainContextAccessor
{
    /// <summary>The activation, or that of the host if the code does not run in a turn.</summary>
    IGrainContext GrainContext { get; }
}

/// <summary>Runs work as turns of an activation.</summary>
public interface IWorkItemScheduler
{
    /// <summary>Runs the action in a turn.</summary>
    void QueueAction(Action action);

    /// <summary>Runs the action in a turn.</summary>
    void QueueAction(Action<object> action, object state);

    /// <summary>Runs the task, which is not started yet, in a turn.</summary>
    void QueueTask(Task task);
}

/// <summary>Waiting for the end of activations.</summary>
public static class GrainContextExtensions
{
    /// <summary>Lets the activation end and waits until it has.</summary>
    public static Task DeactivateAsync(
        this IGrainContext grainContext, DeactivationReason deactivationReason,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grainContext);
        grainContext.Deactivate(deactivationReason, cancellationToken);
        return grainContext.Deactivated;
    }
}
