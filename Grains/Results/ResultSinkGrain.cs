using Orleans.Concurrency;
using Weir.Database.Sinks;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Sites;
using Weir.Streams;
using Weir.Streams.Provider;

namespace Weir.Grains.Results;

/// <summary>
/// Brings one of the streams of results into the database, on one silo of the site. The key is the stream's name, as
/// <c>scope/stream</c>.
/// </summary>
[Alias("weir.IResultSinkGrain")]
internal interface IResultSinkGrain : IGrainWithStringKey
{
    /// <summary>How it does; the first call starts it.</summary>
    [Alias("GetStatus"), AlwaysInterleave] Task<ResultSinkStatus> GetStatusAsync();
}

/// <inheritdoc cref="IResultSinkGrain"/>
[KeepAlive]
internal sealed class ResultSinkGrain(SinkServices sinks, IStreamStore store, IServiceProvider services) : Grain, IResultSinkGrain
{
    private StreamSink sink = null!;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!StreamName.TryParse(this.GetPrimaryKeyString(), out var stream))
            throw new ArgumentException($"'{this.GetPrimaryKeyString()}' is no name of a stream.");
        var queues = ProviderQueues.Of(services, DetectionStreams.Provider);
        // It may be here before the provider is.
        await store.CreateAsync(stream, queues.Options, cancellationToken);
        sink = sinks.Open(stream, new ResultDecoder(queues));
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => await sink.DisposeAsync();

    public Task<ResultSinkStatus> GetStatusAsync()
    {
        var status = sink.Status;
        return Task.FromResult(new ResultSinkStatus(
            status.Stream, status.Place, status.Lag, status.Behind, status.StoredRows, status.DeadLetters, status.Fault));
    }
}
