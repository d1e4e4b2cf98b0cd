using Weir.Pravega.Connections;

namespace Weir.Pravega;

/// <summary>
/// Events that come into a stream together or not at all, over all of its segments. It is kept open by itself until it is
/// committed, aborted or disposed; disposed open, it is aborted. May be called from any thread.
/// </summary>
public sealed class Transaction : IAsyncDisposable
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(50);

    private readonly SegmentServices services;
    private readonly EventWriter writer;
    private readonly TimeSpan lease;
    private readonly CancellationTokenSource stop = new();
    private readonly Task pinging;
    private bool isEnded;

    private Transaction(SegmentServices services, Guid id, EventWriter writer, TimeSpan lease)
    {
        this.services = services;
        this.writer = writer;
        this.lease = lease;
        Id = id;
        pinging = Task.Run(PingAsync);
    }

    /// <summary>Its id.</summary>
    public Guid Id { get; }

    /// <summary>The stream.</summary>
    public ScopedStream Stream => writer.Stream;

    internal static async Task<Transaction> BeginAsync(
        SegmentServices services, ScopedStream stream, EventWriterOptions options, TimeSpan lease, CancellationToken cancellationToken)
    {
        options.Validate();
        var (id, segments) = await services.Controller.CreateTransactionAsync(stream, lease, cancellationToken).ConfigureAwait(false);
        return new Transaction(services, id, EventWriter.OpenTransaction(services, stream, options, id, segments), lease);
    }

    /// <summary>Writes an event into the transaction; ends when there is room for the next one.</summary>
    /// <exception cref="PravegaTransactionException">It is not open any more.</exception>
    public ValueTask WriteAsync(string? routingKey, ReadOnlySpan<byte> payload, CancellationToken cancellationToken = default) =>
        writer.EnqueueAsync(routingKey, payload, cancellationToken);

    /// <summary>Ends when all that was written is with the segment stores.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

    /// <summary>Commits: when it ends, all events are in the stream.</summary>
    /// <param name="timestamp">The time up to which the writer has written, for watermarks; null says nothing.</param>
    /// <param name="cancellationToken">Ends the waiting; a commit that has begun goes on.</param>
    /// <exception cref="PravegaTransactionException">It was aborted, or its lease has run out; none of its events are in the stream.</exception>
    public async Task CommitAsync(long? timestamp = null, CancellationToken cancellationToken = default)
    {
        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
        await services.Controller.CommitTransactionAsync(Stream, Id, writer.WriterId.ToString("N"), timestamp, cancellationToken).ConfigureAwait(false);
        var status = await WaitAsync(TransactionStatus.Committing, cancellationToken).ConfigureAwait(false);
        if (status == TransactionStatus.Committed) return;
        throw new PravegaTransactionException($"The transaction {Id} of stream '{Stream}' was not committed; it is {status}.")
        { Scope = Stream.Scope, Stream = Stream.Stream, Transaction = Id };
    }

    /// <summary>Gives its events up.</summary>
    public async Task AbortAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync().ConfigureAwait(false);
        await services.Controller.AbortTransactionAsync(Stream, Id, cancellationToken).ConfigureAwait(false);
        await WaitAsync(TransactionStatus.Aborting, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What it is just now.</summary>
    public Task<TransactionStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        services.Controller.GetTransactionStatusAsync(Stream, Id, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (isEnded) return;
        try
        {
            await AbortAsync().ConfigureAwait(false);
        }
        catch (PravegaException e)
        {
            // Its lease runs out by itself, too.
            PravegaMessages.PingFails(services.Logger, Id, Stream, e.Message);
        }
    }

    private async Task StopAsync()
    {
        isEnded = true;
        await stop.CancelAsync().ConfigureAwait(false);
        await pinging.ConfigureAwait(false);
        await writer.CloseAsync().ConfigureAwait(false);
    }

    private async Task<TransactionStatus> WaitAsync(TransactionStatus passing, CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = await GetStatusAsync(cancellationToken).ConfigureAwait(false);
            if (status != passing && status != TransactionStatus.Open) return status;
            await Task.Delay(PollEvery, services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PingAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(lease / 4, services.Time, stop.Token).ConfigureAwait(false);
                try
                {
                    await services.Controller.PingTransactionAsync(Stream, Id, lease, stop.Token).ConfigureAwait(false);
                }
                catch (PravegaException e)
                {
                    // Whoever writes to it or commits it is told.
                    PravegaMessages.PingFails(services.Logger, Id, Stream, e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }
    }
}
