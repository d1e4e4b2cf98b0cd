namespace Orleans.Runtime;

/// <summary>The start and the stop of the silo; the stages are those of <see cref="ServiceLifecycleStage"/>.</summary>
public interface ISiloLifecycle : ILifecycleObservable
{
    /// <summary>The highest stage whose start has completed.</summary>
    int HighestCompletedStage { get; }

    /// <summary>The lowest stage whose stop has completed.</summary>
    int LowestStoppedStage { get; }
}

/// <summary>The start and the end of an activation; the stages are those of <see cref="GrainLifecycleStage"/>.</summary>
public interface IGrainLifecycle : ILifecycleObservable
{
}

/// <summary>The stages of an activation's start.</summary>
public static class GrainLifecycleStage
{
    /// <summary>Before all.</summary>
    public const int First = int.MinValue;

    /// <summary>Persistent state is read.</summary>
    public const int SetupState = 1000;

    /// <summary><see cref="IGrainBase.OnActivateAsync"/> is called; at the end, <see cref="IGrainBase.OnDeactivateAsync"/>.</summary>
    public const int Activate = 2000;

    /// <summary>After all.</summary>
    public const int Last = int.MaxValue;
}

/// <summary>Work that runs at a stage of the silo's start.</summary>
public interface IStartupTask
{
    /// <summary>Does the work. A failure ends the start.</summary>
    Task Execute(CancellationToken cancellationToken);
}
