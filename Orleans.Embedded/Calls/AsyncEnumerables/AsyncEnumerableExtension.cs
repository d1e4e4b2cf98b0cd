using Microsoft.Extensions.Options;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Timers;

namespace Orleans.Runtime;

/// <inheritdoc cref="IAsyncEnumerableGrainExtension"/>
internal sealed class AsyncEnumerableExtension : IAsyncEnumerableGrainExtension, IAsyncDisposable
{
    private readonly Activation _activation;
    private readonly TimeSpan _responseTimeout;
    private readonly Dictionary<Guid, LocalEnumerator> _enumerators = [];
    private readonly IGrainTimer _expiry;

    public AsyncEnumerableExtension(
        IGrainContext context, ITimerRegistry timers, IOptions<SiloMessagingOptions> messaging)
    {
        _activation = (Activation)context;
        _responseTimeout = messaging.Value.ResponseTimeout;

        // As in Orleans, what nobody has asked for over a whole time-out has been abandoned.
        _expiry = timers.RegisterGrainTimer(
            context, static (self, _) => self.RemoveAbandonedAsync(), this,
            new GrainTimerCreationOptions(_responseTimeout, _responseTimeout) { Interleave = true });
    }

    public ValueTask<(EnumerationResult Status, object? Value)> StartEnumeration<T>(
        Guid requestId, AsyncEnumerableCall<T> request, CancellationToken cancellationToken)
    {
        var enumerator = new LocalEnumerator<T>(request, _activation.GrainInstance!, _activation.Silo.Time);
        _enumerators.Add(requestId, enumerator);
        return NextAsync(requestId, enumerator, cancellationToken);
    }

    public ValueTask<(EnumerationResult Status, object? Value)> MoveNext<T>(
        Guid requestId, CancellationToken cancellationToken) =>
        _enumerators.TryGetValue(requestId, out var enumerator)
            ? NextAsync(requestId, enumerator, cancellationToken)
            : new((EnumerationResult.MissingEnumeratorError, null));

    public async ValueTask DisposeAsync(Guid requestId)
    {
        if (_enumerators.Remove(requestId, out var enumerator)) await enumerator.DisposeAsync();
    }

    /// <summary>Lets those who wait for elements go, as the activation ends: they find no enumeration when they ask again.</summary>
    public void StopWaiting()
    {
        foreach (var enumerator in _enumerators.Values) enumerator.StopWaiting();
    }

    public async ValueTask DisposeAsync()
    {
        _expiry.Dispose();
        foreach (var id in _enumerators.Keys.ToArray()) await DisposeAsync(id);
    }

    private async ValueTask<(EnumerationResult Status, object? Value)> NextAsync(
        Guid id, LocalEnumerator enumerator, CancellationToken cancellationToken)
    {
        // Long before the caller gives up it hears that there is nothing yet.
        var next = await enumerator.NextAsync(_responseTimeout / 2, cancellationToken);
        if ((next.Status & ~(EnumerationResult.Heartbeat | EnumerationResult.Element | EnumerationResult.Batch)) != 0)
        {
            await DisposeAsync(id);
        }

        return next;
    }

    private async Task RemoveAbandonedAsync()
    {
        var abandoned = _enumerators.Where(pair => pair.Value.IsAbandoned()).Select(pair => pair.Key).ToArray();
        foreach (var id in abandoned) await DisposeAsync(id);
    }
}
