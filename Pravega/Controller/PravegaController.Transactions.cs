using Weir.Pravega.Controller;
using Weir.Pravega.Controller.Messages;

namespace Weir.Pravega;

/// <summary>What a transaction is just now.</summary>
public enum TransactionStatus
{
    /// <summary>It takes events.</summary>
    Open,

    /// <summary>It is being committed.</summary>
    Committing,

    /// <summary>Its events are in the stream.</summary>
    Committed,

    /// <summary>It is being aborted.</summary>
    Aborting,

    /// <summary>It is gone, and its events with it.</summary>
    Aborted,
}

/// <content>Transactions.</content>
public sealed partial class PravegaController
{
    /// <summary>What a transaction is just now.</summary>
    /// <exception cref="PravegaTransactionException">The controller does not know it (any more).</exception>
    public async Task<TransactionStatus> GetTransactionStatusAsync(ScopedStream stream, Guid transaction, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync(
            "checkTransactionState", Request(stream, transaction), TxnState.Parser, About(stream, transaction), cancellationToken).ConfigureAwait(false);
        return reply.State switch
        {
            TxnState.Types.State.Open => TransactionStatus.Open,
            TxnState.Types.State.Committing => TransactionStatus.Committing,
            TxnState.Types.State.Committed => TransactionStatus.Committed,
            TxnState.Types.State.Aborting => TransactionStatus.Aborting,
            TxnState.Types.State.Aborted => TransactionStatus.Aborted,
            _ => throw NotOpen(stream, transaction, "the controller does not know it any more"),
        };
    }

    /// <summary>The transactions of a stream that have ended not long ago, as far as the controller lists them: do not rest work on it.</summary>
    /// <remarks>
    /// Controllers (0.13 and later) keep the ended transactions of all streams in one table and take every key of it for one
    /// of the stream asked for. So they answer an empty list as soon as a transaction of any other stream of the server has
    /// ended (<c>PravegaTablesStream.getTxnInBatch</c>). <see cref="GetTransactionStatusAsync"/> has no such fault.
    /// </remarks>
    public async Task<IReadOnlyList<(Guid Transaction, bool IsCommitted)>> ListCompletedTransactionsAsync(
        ScopedStream stream, CancellationToken cancellationToken = default)
    {
        var reply = await calls.CallAsync(
            "listCompletedTransactions", new ListCompletedTxnRequest { StreamInfo = stream.ToMessage() }, ListCompletedTxnResponse.Parser,
            stream, cancellationToken).ConfigureAwait(false);
        return [.. reply.Response.Select(r => (ToGuid(r.TxnId), r.Status == TxnResponse.Types.Status.Committed))];
    }

    internal async Task<(Guid Transaction, IReadOnlyList<SegmentRange> Segments)> CreateTransactionAsync(
        ScopedStream stream, TimeSpan lease, CancellationToken cancellationToken)
    {
        var request = new CreateTxnRequest { StreamInfo = stream.ToMessage(), Lease = (long)lease.TotalMilliseconds };
        var reply = await calls.CallAsync("createTransaction", request, CreateTxnResponse.Parser, stream, cancellationToken).ConfigureAwait(false);
        // The segments as they are named here: of the transaction's own epoch, which need not be the one that is active.
        return (ToGuid(reply.TxnId), [.. reply.ActiveSegments.Select(range => range.ToRange(stream)).OrderBy(range => range.High)]);
    }

    internal async Task CommitTransactionAsync(
        ScopedStream stream, Guid transaction, string writer, long? timestamp, CancellationToken cancellationToken)
    {
        var request = Request(stream, transaction);
        if (timestamp is { } time) (request.WriterId, request.Timestamp) = (writer, time);
        else request.Timestamp = long.MinValue;
        Ended(await calls.CallAsync("commitTransaction", request, TxnStatus.Parser, About(stream, transaction), cancellationToken).ConfigureAwait(false), stream, transaction);
    }

    internal async Task AbortTransactionAsync(ScopedStream stream, Guid transaction, CancellationToken cancellationToken) =>
        Ended(await calls.CallAsync("abortTransaction", Request(stream, transaction), TxnStatus.Parser, About(stream, transaction), cancellationToken).ConfigureAwait(false), stream, transaction);

    internal async Task PingTransactionAsync(ScopedStream stream, Guid transaction, TimeSpan lease, CancellationToken cancellationToken)
    {
        var request = new PingTxnRequest { StreamInfo = stream.ToMessage(), TxnId = ToMessage(transaction), Lease = (long)lease.TotalMilliseconds };
        var reply = await calls.CallAsync("pingTransaction", request, PingTxnStatus.Parser, About(stream, transaction), cancellationToken).ConfigureAwait(false);
        if (reply.Status is PingTxnStatus.Types.Status.Ok or PingTxnStatus.Types.Status.Committed) return;
        throw NotOpen(stream, transaction, $"it cannot be kept open: {reply.Status}");
    }

    private static TxnRequest Request(ScopedStream stream, Guid transaction) => new() { StreamInfo = stream.ToMessage(), TxnId = ToMessage(transaction) };

    private static Subject About(ScopedStream stream, Guid transaction) => new(stream.Scope, $"{stream.Stream}, transaction {transaction}");

    private static void Ended(TxnStatus reply, ScopedStream stream, Guid transaction)
    {
        if (reply.Status == TxnStatus.Types.Status.Success) return;
        if (reply.Status == TxnStatus.Types.Status.StreamNotFound) throw NoStream(stream);
        throw NotOpen(stream, transaction, reply.Status == TxnStatus.Types.Status.TransactionNotFound ? "there is none of that id" : "the controller could not end it so");
    }

    private static PravegaTransactionException NotOpen(ScopedStream stream, Guid transaction, string why) =>
        new($"The transaction {transaction} of stream '{stream}' is not open: {why}.")
        { Scope = stream.Scope, Stream = stream.Stream, Transaction = transaction };

    private static Guid ToGuid(TxnId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, id.HighBits);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.LowBits);
        return new Guid(bytes, bigEndian: true);
    }

    private static TxnId ToMessage(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return new TxnId
        {
            HighBits = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes),
            LowBits = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
        };
    }
}
