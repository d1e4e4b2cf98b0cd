using Orleans.Hosting;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Tests.Streams;

namespace Orleans.Embedded.Tests.Streams;

/// <summary>
/// Streams of which no event has come since the start. Microsoft's agents do not know such a stream, so that there a
/// subscription with a token of the past waits for the stream's next event (PersistentStreamPullingAgent.AddSubscriber);
/// ours begins at once.
/// </summary>
public sealed class IdleStreamTests
{
    private static readonly string[] s_fromTwo = ["2", "3"];

    [Fact]
    public async Task A_subscription_in_the_past_begins_at_once()
    {
        await using var silo = await StartAsync();
        var stream = silo.Client.GetStreamProvider("log").GetStream<string>("s", "a");
        var seen = new Seen();

        await stream.SubscribeAsync(seen.AddAsync, new EventSequenceTokenV2(2));

        await Eventually.IsTrueAsync(() => seen.All.Length == 2, "two events");
        Assert.Equal(s_fromTwo, seen.All);
    }

    [Fact]
    public async Task A_subscription_that_is_resumed_in_the_past_begins_at_once()
    {
        await using var silo = await StartAsync();
        var stream = silo.Client.GetStreamProvider("log").GetStream<string>("s", "a");
        var seen = new Seen();
        var handle = await stream.SubscribeAsync((_, _) => Task.CompletedTask);

        handle = await handle.ResumeAsync(seen.AddAsync, new EventSequenceTokenV2(2));
        await Eventually.IsTrueAsync(() => seen.All.Length == 2, "two events");
        await handle.ResumeAsync(seen.AddAsync, new EventSequenceTokenV2(3));
        await Eventually.IsTrueAsync(() => seen.All.Length == 3, "the last event once more");

        Assert.Equal([.. s_fromTwo, "3"], seen.All);
    }

    [Fact]
    public async Task Other_subscriptions_of_the_stream_get_what_comes_and_nothing_of_the_past()
    {
        var log = new LogQueue();
        await using var silo = await StartAsync(log);
        var stream = silo.Client.GetStreamProvider("log").GetStream<string>("s", "a");
        var fromNow = new Seen();
        var fromTwo = new Seen();
        await stream.SubscribeAsync(fromNow.AddAsync);
        await stream.SubscribeAsync(fromTwo.AddAsync, new EventSequenceTokenV2(2));
        await Eventually.IsTrueAsync(() => fromTwo.All.Length == 2, "two events");

        log.Write("4");

        await Eventually.IsTrueAsync(() => fromTwo.All.Length == 3 && fromNow.All.Length == 1, "the new event");
        Assert.Equal("4", fromNow.All.Single());
    }

    private static Task<TestSilo> StartAsync(LogQueue? log = null) => TestSilo.StartAsync(builder => builder
        .AddMemoryGrainStorage("PubSubStore")
        .AddPersistentStreams("log", (_, _) => log ?? new LogQueue(), streams => streams.ConfigurePullingAgent(agent =>
            agent.Configure(options => options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10)))));

    private sealed class Seen
    {
        private readonly List<string> _all = [];

        public string[] All
        {
            get
            {
                lock (_all) return [.. _all];
            }
        }

        public Task AddAsync(string item, StreamSequenceToken? token)
        {
            lock (_all) _all.Add(item);
            return Task.CompletedTask;
        }
    }
}

/// <summary>A queue of one stream that has events 1 to 3 from of old, and whose cache reads them back.</summary>
internal sealed class LogQueue
    : IQueueAdapterFactory, IQueueAdapter, IQueueAdapterCache, IQueueAdapterReceiver
{
    private readonly List<ScriptedBatch> _log = [];
    private int _next;

    public LogQueue()
    {
        for (var i = 1; i <= 3; i++) Write($"{i}");
        _next = _log.Count;
    }

    public string Name => "log";

    public bool IsRewindable => true;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadWrite;

    public void Write(string item)
    {
        lock (_log) _log.Add(new ScriptedBatch(StreamId.Create("s", "a"), [item], new EventSequenceTokenV2(_log.Count + 1)));
    }

    public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(this);

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IStreamQueueMapper GetStreamQueueMapper() =>
        new HashRingBasedStreamQueueMapper(new() { TotalQueueCount = 1 }, Name);

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler());

    public Task QueueMessageBatchAsync<T>(
        StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext) =>
        throw new NotSupportedException();

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => this;

    public IQueueCache CreateQueueCache(QueueId queueId) => new Cache(this);

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        lock (_log)
        {
            var batches = _log.Skip(_next).Take(maxCount).ToArray<IBatchContainer>();
            _next += batches.Length;
            return Task.FromResult<IList<IBatchContainer>>(batches);
        }
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout) => Task.CompletedTask;

    private sealed class Cache(LogQueue queue) : IQueueCache
    {
        public int GetMaxAddCount() => 100;

        public void AddToCache(IList<IBatchContainer> messages)
        {
        }

        public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
        {
            purgedItems = null!;
            return false;
        }

        public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
        {
            lock (queue._log) return new Cursor(queue, token is null ? queue._next : (int)token.SequenceNumber - 1);
        }

        public bool IsUnderPressure() => false;
    }

    private sealed class Cursor(LogQueue queue, int place) : IQueueCacheCursor
    {
        private int _next = place;

        public IBatchContainer GetCurrent(out Exception? exception)
        {
            exception = null;
            lock (queue._log) return queue._log[_next - 1];
        }

        public bool MoveNext()
        {
            lock (queue._log)
            {
                if (_next >= queue._next) return false;
                _next++;
                return true;
            }
        }

        public void Refresh(StreamSequenceToken token)
        {
        }

        public void RecordDeliveryFailure()
        {
        }

        public void Dispose()
        {
        }
    }
}
