using Weir.Archive;

namespace Weir.Grains.Exchanges;

/// <summary>An exchange as the router sees it, wherever it lives.</summary>
internal interface IExchangeTarget
{
    /// <summary>
    /// Hands messages over; ends when the exchange's stream has them for good. Calls keep their order. The messages
    /// have been read when the call returns, before the task has ended.
    /// </summary>
    ValueTask AcceptAsync(ReadOnlySpan<InboundMessage> messages, CancellationToken cancellationToken);
}

/// <summary>The way to an exchange of the site that is not open in this process.</summary>
internal delegate IExchangeTarget ExchangeElsewhere(string name);

/// <summary>An exchange that is open in this process.</summary>
internal sealed class LocalExchange(Exchange exchange) : IExchangeTarget
{
    /// <summary>The exchange.</summary>
    public Exchange Exchange => exchange;

    public ValueTask AcceptAsync(ReadOnlySpan<InboundMessage> messages, CancellationToken cancellationToken) =>
        Discard(exchange.AcceptAsync(messages, cancellationToken));

    private static ValueTask Discard(ValueTask<KeyRange> accepted) =>
        accepted.IsCompletedSuccessfully ? Consume(accepted) : Await(accepted);

    private static ValueTask Consume(ValueTask<KeyRange> accepted)
    {
        _ = accepted.Result;
        return ValueTask.CompletedTask;
    }

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask Await(ValueTask<KeyRange> accepted) => await accepted;
}
