using Orleans.Runtime;

namespace Orleans;

/// <summary>What the runtime knows of a grain class; <see cref="Grain"/> implements it for most.</summary>
public interface IGrainBase
{
    /// <summary>The activation.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Called in the first turn, before any request.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Called in the last turn, when no request runs any more.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
