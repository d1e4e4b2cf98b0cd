using Orleans.Calls;

namespace Orleans.Runtime;

/// <summary>The activations of a stateless worker: a call goes to one that is idle, or else to the one with the fewest.</summary>
internal sealed class WorkerGroup(Silo silo, GrainClass grainClass, GrainId grainId) : CallTarget(silo.Watch)
{
    private Activation[] _workers = [];

    public override bool IsGone => false;

    public IEnumerable<Activation> Workers => Volatile.Read(ref _workers);

    public override void Receive(GrainCall call) => Choose().Receive(call);

    public override void OnFinished(GrainCall call, Exception? error)
    {
    }

    public override string DescribeWork() => $"the grain has {Workers.Count()} workers";

    public void Remove(Activation worker)
    {
        lock (Gate) _workers = [.. _workers.Where(one => !ReferenceEquals(one, worker))];
    }

    private Activation Choose()
    {
        lock (Gate)
        {
            Activation? least = null;
            foreach (var worker in _workers)
            {
                if (worker.IsEnding) continue;
                var load = worker.Load;
                if (load == 0) return worker;
                if (least is null || load < least.Load) least = worker;
            }

            if (least is not null && _workers.Length >= grainClass.MaxWorkers) return least;
            var added = new Activation(silo, grainClass, grainId);
            _workers = [.. _workers, added];
            added.Start();
            return added;
        }
    }
}
