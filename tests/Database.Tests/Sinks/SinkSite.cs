using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Weir.Database.Sinks;
using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Database.Tests.Sinks;

/// <summary>A stream of results in a segment log of its own, and sinks that bring it into a database.</summary>
internal sealed class SinkSite : IAsyncDisposable
{
    public static readonly StreamName Stream = new("results", "tests");

    private readonly SegmentLogStore store;
    private readonly SiteDatabase database;
    private readonly SinkServices services;

    private SinkSite(SegmentLogStore store, SiteDatabase database, SinkOptions options)
    {
        (this.store, this.database) = (store, database);
        Breaker = new CircuitBreaker(Options.Create(options), TimeProvider.System);
        services = new SinkServices(database, store, Breaker, Options.Create(options), TimeProvider.System, NullLogger<StreamSink>.Instance);
    }

    public CircuitBreaker Breaker { get; }

    public TestDecoder Decoder { get; } = new();

    public IStreamStore Store => store;

    public static async Task<SinkSite> OpenAsync(string folder, SiteDatabase database, SinkOptions? options = null)
    {
        var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder });
        await store.CreateAsync(Stream, new StreamOptions { SegmentBytes = 64 << 10 });
        return new SinkSite(store, database, options ?? Quick);
    }

    /// <summary>Small batches and short pauses, so that little data makes many transactions.</summary>
    public static SinkOptions Quick => new()
    {
        BatchRows = 50, Linger = TimeSpan.Zero, FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(200),
        CheckpointInterval = TimeSpan.FromMilliseconds(50),
    };

    public StreamSink Open() => services.Open(Stream, Decoder);

    public async Task AppendAsync(params IReadOnlyList<StreamEvent> events)
    {
        await using var writer = await store.OpenWriterAsync(Stream, Guid.NewGuid());
        foreach (var chunk in events.Chunk(100)) await writer.AppendAsync(new EventBatch(chunk));
    }

    /// <summary>Waits until all that the stream has is in the database.</summary>
    public async Task StoredAsync()
    {
        var tail = (await store.DescribeAsync(Stream))!.Tail;
        await Wait.UntilAsync(async () => await new SinkWriter(database, Stream, TimeProvider.System).FindAsync(CancellationToken.None) is { } place && place.Place >= tail);
    }

    public async ValueTask DisposeAsync()
    {
        services.Dispose();
        await store.DisposeAsync();
    }
}
