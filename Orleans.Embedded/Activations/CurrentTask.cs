using System.Runtime.CompilerServices;

namespace Orleans.Runtime;

/// <summary>
/// Makes a task scheduler the current one of a thread without a task for each round of work. The base library knows the
/// current scheduler by the task that runs, and has no public way to say it but to run one; so its own field for that is
/// set. Where the library has no such field, or the switch <c>Orleans.Embedded.RunTaskPerRound</c> is on (in
/// <c>runtimeconfig.json</c>, for who does not trust that), <see cref="CanBeSet"/> is false and a task has to be run.
/// </summary>
internal static class CurrentTask
{
    private static readonly object s_mark = new();

    /// <summary>True if this version of the base library takes it and it is wanted.</summary>
    public static bool CanBeSet { get; } =
        !(AppContext.TryGetSwitch("Orleans.Embedded.RunTaskPerRound", out var taskPerRound) && taskPerRound) && Try();

    /// <summary>A task that stands for all work of a scheduler. It never runs itself.</summary>
    public static Task Of(TaskScheduler scheduler)
    {
        var task = new Task(static _ => { }, s_mark, TaskCreationOptions.DenyChildAttach);

        // A task belongs to a scheduler from when it is started; the scheduler lets it lie.
        task.Start(scheduler);
        return task;
    }

    /// <summary>True for tasks that <see cref="Of"/> has made.</summary>
    public static bool IsMark(Task task) => ReferenceEquals(task.AsyncState, s_mark);

    /// <summary>Makes the task the current one of the thread, until the result is disposed of.</summary>
    public static Section Set(Task task)
    {
        ref var current = ref Field(null);
        var section = new Section(current);
        current = task;
        return section;
    }

    private static bool Try()
    {
        try
        {
            var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
            var task = new Task(static () => { });
            task.Start(scheduler);
            using (Set(task)) return TaskScheduler.Current == scheduler;
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "t_currentTask")]
    private static extern ref Task? Field(Task? task);

    internal readonly ref struct Section(Task? outer)
    {
        private readonly Task? _outer = outer;

        public void Dispose() => Field(null) = _outer;
    }
}
