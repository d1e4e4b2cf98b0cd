using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>What sinks need; opens them. May be used from any thread.</summary>
public sealed class SinkServices : IDisposable
{
    /// <summary>From the host's services.</summary>
    public SinkServices(
        SiteDatabase database, IStreamStore store, CircuitBreaker breaker, IOptions<SinkOptions> options, TimeProvider time, ILogger<StreamSink> logger)
    {
        (Database, Store, Breaker, Options, Time, Logger) = (database, store, breaker, options.Value, time, logger);
        Metrics = new SinkMetrics(breaker);
    }

    internal SiteDatabase Database { get; }

    internal IStreamStore Store { get; }

    internal CircuitBreaker Breaker { get; }

    internal SinkOptions Options { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal SinkMetrics Metrics { get; }

    /// <summary>Begins to bring a stream of results into the database; the caller disposes the sink.</summary>
    /// <param name="stream">The stream; the sink waits where it is not there yet.</param>
    /// <param name="decoder">Turns its events into rows.</param>
    public StreamSink Open(StreamName stream, IResultDecoder decoder) => new(this, stream, decoder);

    /// <inheritdoc/>
    public void Dispose() => Metrics.Dispose();
}
