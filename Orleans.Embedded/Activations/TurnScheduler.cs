using Microsoft.Extensions.Logging;
using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>
/// Runs the turns of one activation: one item at a time, in the order in which they came, on threads of the pool.
/// It is the activation's task scheduler too, so that what a grain awaits goes on in a turn of it.
/// </summary>
/// <param name="activation">The activation.</param>
/// <param name="gate">Guards what is queued; shared with what else the activation has to guard.</param>
internal sealed partial class TurnScheduler(Activation activation, Lock gate)
    : TaskScheduler, IThreadPoolWorkItem, IWorkItemScheduler
{
    // After that long the activation goes to the end of the pool's queue, so that others get a thread.
    private const long QuantumMilliseconds = 50;
    private const int ItemsBetweenClockReads = 16;
    private const int InitialCapacity = 2;
    private const int MaxKeptCapacity = 1024;

    // What is queued unsafely begins in this context: nothing flows into a turn but what a call brings.
    private static ExecutionContext? s_empty;

    private object?[] _incoming = new object?[InitialCapacity];
    private object?[] _batch = new object?[InitialCapacity];
    private int _incomingCount;
    private int _batchCount;
    private int _next;
    private bool _scheduled;
    private Task? _round;

    public override int MaximumConcurrencyLevel => 1;

    public bool IsCurrent => ReferenceEquals(RuntimeContext.Current, activation);

    /// <summary>
    /// Adds a <see cref="GrainCall"/>, a <see cref="Resumption"/>, a <see cref="Task"/> of this scheduler, an
    /// <see cref="Action"/>, or one that takes the activation.
    /// </summary>
    public void Enqueue(object item)
    {
        lock (gate)
        {
            if (!Add(item)) return;
        }

        Schedule();
    }

    /// <summary>Adds an item, under the gate; true if <see cref="Schedule"/> has to be called after that.</summary>
    public bool Add(object item)
    {
        if (_incomingCount == _incoming.Length) Array.Resize(ref _incoming, _incoming.Length * 2);
        _incoming[_incomingCount++] = item;
        if (_scheduled) return false;
        _scheduled = true;
        return true;
    }

    /// <summary>Has the items run by a thread of the pool.</summary>
    public void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    void IWorkItemScheduler.QueueAction(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Enqueue(action);
    }

    void IWorkItemScheduler.QueueAction(Action<object> action, object state) => Enqueue(() => action(state));

    void IWorkItemScheduler.QueueTask(Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        task.Start(this);
    }

    /// <summary>
    /// Leaves what the last piece of work has left in async locals, as a method that is not async does:
    /// the next must not see it. Only in a turn.
    /// </summary>
    public static void DropFlow()
    {
        if (!ReferenceEquals(ExecutionContext.Capture(), s_empty)) ExecutionContext.Restore(s_empty!);
    }

    void IThreadPoolWorkItem.Execute()
    {
        s_empty ??= ExecutionContext.Capture();
        var outer = RuntimeContext.Current;
        RuntimeContext.Current = activation;
        bool more;
        try
        {
            // Calls and actions are no tasks, but TaskScheduler.Current is to be this scheduler while they run.
            if (CurrentTask.CanBeSet)
            {
                using (CurrentTask.Set(_round ??= CurrentTask.Of(this))) more = RunItems();
            }
            else
            {
                var round = new Task<bool>(static self => ((TurnScheduler)self!).RunItems(), this);
                round.RunSynchronously(this);
                more = round.GetAwaiter().GetResult();
            }
        }
        finally
        {
            RuntimeContext.Current = outer;
        }

        if (more) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        if (!CurrentTask.IsMark(task)) Enqueue(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && IsCurrent && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (gate)
        {
            return [.. _incoming.Take(_incomingCount).OfType<Task>()];
        }
    }

    /// <summary>Runs what there is; true if the quantum was over before that.</summary>
    private bool RunItems()
    {
        var begin = Environment.TickCount64;
        while (TakeBatch())
        {
            while (_next < _batchCount)
            {
                var item = _batch[_next]!;
                _batch[_next++] = null;
                RunItem(item);
                if (_next % ItemsBetweenClockReads == 0 && IsQuantumOver(begin)) return true;
            }

            if (IsQuantumOver(begin)) return true;
        }

        return false;
    }

    private static bool IsQuantumOver(long begin) => Environment.TickCount64 - begin > QuantumMilliseconds;

    private bool TakeBatch()
    {
        if (_next < _batchCount) return true;
        lock (gate)
        {
            var emptied = _batch.Length <= MaxKeptCapacity ? _batch : new object?[InitialCapacity];
            (_batch, _incoming) = (_incoming, emptied);
            (_batchCount, _incomingCount, _next) = (_incomingCount, 0, 0);
            if (_batchCount > 0) return true;
            _scheduled = false;
            return false;
        }
    }

    private void RunItem(object item)
    {
        try
        {
            switch (item)
            {
                case GrainCall call:
                    activation.Admit(call);
                    break;
                case Resumption resumption:
                    resumption.Run();
                    break;
                case Task task:
                    TryExecuteTask(task);
                    break;
                case Action<Activation> action:
                    action(activation);
                    break;
                default:
                    ((Action)item)();
                    break;
            }
        }
        catch (Exception exception)
        {
            LogFailedItem(activation.Silo.Log, exception, activation);
        }

        DropFlow();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A turn of {Activation} failed")]
    private static partial void LogFailedItem(ILogger logger, Exception exception, Activation activation);
}
