using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;
using Weir.Streams.Provider;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.Provider;

/// <summary>One queue of a provider on a real store, driven as an agent of Orleans drives it.</summary>
internal sealed class QueueBench : IAsyncDisposable
{
    public const string Provider = "test";

    private readonly string provider;
    private readonly Action<EmbeddedStreamOptions> configure;
    private readonly string folder = Directory.CreateTempSubdirectory("weir-provider-").FullName;
    private SegmentLogStore store = null!;
    private QueueAdapterFactory factory = null!;

    private QueueBench(Action<EmbeddedStreamOptions> configure, string provider) => (this.configure, this.provider) = (configure, provider);

    public ConcurrentQueue<string> Logs { get; } = new();

    public IStreamStore Store => store;

    public IQueueAdapter Adapter { get; private set; } = null!;

    public QueueWindow Cache { get; private set; } = null!;

    public QueueReceiver Receiver { get; private set; } = null!;

    public QueueId Queue => factory.GetStreamQueueMapper().GetAllQueues().Single();

    public StreamName Name => new("orleans", $"{provider}-0");

    public static async Task<QueueBench> StartAsync(Action<EmbeddedStreamOptions>? configure = null, string provider = Provider)
    {
        var bench = new QueueBench(options =>
        {
            options.QueueCount = 1;
            options.CheckpointInterval = TimeSpan.FromMilliseconds(10);
            options.TailWait = TimeSpan.FromMilliseconds(20);
            options.Stream = new StreamOptions { SegmentBytes = 64 << 10, MaxBytes = 64 << 20 };
            configure?.Invoke(options);
        }, provider);
        await bench.OpenAsync();
        return bench;
    }

    /// <summary>What a restart of the process does: cursors and memory go, the store stays.</summary>
    public async Task RestartAsync(bool inOrder = true)
    {
        if (inOrder) await Receiver.Shutdown(TimeSpan.FromSeconds(5));
        await store.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>Another owner of the queue.</summary>
    public async Task<(QueueWindow Cache, QueueReceiver Receiver)> TakeOverAsync()
    {
        var cache = (QueueWindow)factory.CreateQueueCache(Queue);
        var receiver = (QueueReceiver)Adapter.CreateReceiver(Queue);
        await receiver.Initialize(TimeSpan.FromSeconds(5));
        return (cache, receiver);
    }

    public Task WriteAsync<T>(string stream, params T[] events) =>
        Adapter.QueueMessageBatchAsync(StreamId.Create("ns", stream), events, null!, null!);

    /// <summary>One look at the queue.</summary>
    public async Task<IList<IBatchContainer>> PumpAsync()
    {
        var messages = await Receiver.GetQueueMessagesAsync(Cache.GetMaxAddCount());
        Cache.AddToCache(messages);
        return messages;
    }

    /// <summary>Looks at the queue until something is so.</summary>
    public async Task PumpUntilAsync(Func<bool> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            Assert.False(deadline.IsCancellationRequested, "It did not come to pass in time.");
            await PumpAsync();
        }
    }

    public QueueCursor Cursor(string stream, StreamSequenceToken? token = null) =>
        (QueueCursor)Cache.GetCacheCursor(StreamId.Create("ns", stream), token);

    /// <summary>Takes what a cursor has just now.</summary>
    public static List<(T Event, StreamToken Token)> Drain<T>(QueueCursor cursor, int most = int.MaxValue)
    {
        var events = new List<(T, StreamToken)>();
        while (events.Count < most && cursor.MoveNext())
        {
            var batch = cursor.GetCurrent(out var exception);
            Assert.Null(exception);
            events.AddRange(batch.GetEvents<T>().Select(e => (e.Item1, (StreamToken)e.Item2)));
        }
        return events;
    }

    /// <summary>Drives queue and cursor until so many events have come.</summary>
    public async Task<List<(T Event, StreamToken Token)>> DrainAsync<T>(QueueCursor cursor, int count)
    {
        var events = new List<(T, StreamToken)>();
        await PumpUntilAsync(() =>
        {
            events.AddRange(Drain<T>(cursor));
            return events.Count >= count;
        });
        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await Receiver.Shutdown(TimeSpan.FromSeconds(5));
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task OpenAsync()
    {
        store = new SegmentLogStore(new SegmentLogOptions { Directory = folder });
        var services = new ServiceCollection();
        services.AddSingleton<IStreamStore>(_ => store);
        services.AddLogging(logging => logging.AddProvider(new QueueLogger(Logs)));
        services.AddOptions<EmbeddedStreamOptions>(provider).Configure(configure);
        factory = QueueAdapterFactory.Create(services.BuildServiceProvider(), provider);
        Adapter = await factory.CreateAdapter();
        (Cache, Receiver) = await TakeOverAsync();
    }

    private sealed class QueueLogger(ConcurrentQueue<string> logs) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
