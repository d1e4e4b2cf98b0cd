using System.Threading.Channels;

namespace Weir.Mqtt;

/// <summary>
/// One connection's batches on their way through the <see cref="IPublishHandler"/>: several at a time, so that its
/// latency costs no throughput, but taken up in the order in which they came.
/// </summary>
internal sealed class AcceptancePipeline : IAsyncDisposable
{
    private readonly IPublishHandler? handler;
    private readonly BrokerJournal? journal;
    private readonly Func<PublishBatch, Exception?, ValueTask> accepted;
    private readonly CancellationToken stopping;
    private readonly SemaphoreSlim places;
    private readonly Channel<Pending> pending =
        Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Task completing;
    private int waiting;

    /// <summary>A batch whose acceptance is awaited; or, where it has been taken up already, the end of that.</summary>
    private readonly record struct Pending(PublishBatch Batch, ValueTask Awaited, bool IsTakenUp);

    /// <param name="handler">The handler; null where there is none, so that only the taking up takes time.</param>
    /// <param name="journal">What some batches must be in before the handler has them.</param>
    /// <param name="places">How many batches it may hold at one time.</param>
    /// <param name="accepted">
    /// Takes up each batch after the handler, with what the handler threw; it must not throw. The next batch is taken up
    /// when it has finished.
    /// </param>
    /// <param name="stopping">Fires when the broker ends.</param>
    public AcceptancePipeline(
        IPublishHandler? handler, BrokerJournal? journal, int places, Func<PublishBatch, Exception?, ValueTask> accepted, CancellationToken stopping)
    {
        this.handler = handler;
        this.journal = journal;
        this.accepted = accepted;
        this.stopping = stopping;
        this.places = new SemaphoreSlim(places);
        completing = CompleteInOrderAsync();
    }

    /// <summary>Hands a batch over; waits while the handler holds as many as it may.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="keptFirst">What the journal must have before; 0 for nothing.</param>
    public async ValueTask SubmitAsync(PublishBatch batch, long keptFirst = 0)
    {
        await places.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (keptFirst != 0) await journal!.WaitAsync(keptFirst).ConfigureAwait(false);
        if (batch.MayBeKept)
        {
            // It takes the handler longer to look for them than to keep those behind them: they would be overtaken.
            var looking = Hand(batch).AsTask();
            await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Await(new Pending(batch, new ValueTask(looking), IsTakenUp: false));
            return;
        }
        var acceptance = Hand(batch);
        if (acceptance.IsCompletedSuccessfully && Volatile.Read(ref waiting) == 0)
        {
            acceptance.GetAwaiter().GetResult();
            var takenUp = accepted(batch, null);
            if (takenUp.IsCompletedSuccessfully)
            {
                places.Release();
                return;
            }
            Await(new Pending(batch, takenUp, IsTakenUp: true));
            return;
        }
        Await(new Pending(batch, acceptance, IsTakenUp: false));
    }

    /// <summary>Waits until every batch has been taken up.</summary>
    public async ValueTask DisposeAsync()
    {
        pending.Writer.TryComplete();
        await completing.ConfigureAwait(false);
        places.Dispose();
    }

    private void Await(in Pending next)
    {
        Interlocked.Increment(ref waiting);
        pending.Writer.TryWrite(next);
    }

    private ValueTask Hand(PublishBatch batch)
    {
        try
        {
            return handler is null || batch.IsRefused ? default : handler.HandleAsync(batch, stopping);
        }
        catch (Exception fault)
        {
            return ValueTask.FromException(fault);
        }
    }

    private async Task CompleteInOrderAsync()
    {
        await foreach (var (batch, awaited, isTakenUp) in pending.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Exception? fault = null;
            try
            {
                await awaited.ConfigureAwait(false);
            }
            catch (Exception thrown)
            {
                fault = thrown;
            }
            if (!isTakenUp) await accepted(batch, fault).ConfigureAwait(false);
            places.Release();
            Interlocked.Decrement(ref waiting);
        }
    }
}
