using System.Diagnostics;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

[CollectionDefinition(DisableParallelization = true)]
public sealed class Alone;

/// <summary>Memory is counted for the whole process, so these run while nothing else does.</summary>
[Collection(typeof(Alone))]
public sealed class AllocationTests
{
    [Fact]
    public async Task Appending_allocates_nothing_per_event()
    {
        const int Batches = 1000, EventsEach = 1000;
        await using var temporary = await TemporaryStore.CreateAsync(new StreamOptions { SegmentBytes = 512 << 20 });
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        var payload = new byte[100];
        var events = Enumerable.Repeat(new StreamEvent(payload, 0), EventsEach).ToArray();
        for (var i = 0; i < 100; i++) await writer.AppendAsync(new EventBatch(events));

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Batches; i++) await writer.AppendAsync(new EventBatch(events));
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{allocated / Batches} bytes a batch, {Batches * EventsEach / clock.Elapsed.TotalSeconds:N0} events/s");

        // A batch may cost a work item for the thread pool and the like; an event must cost nothing.
        Assert.InRange(allocated, 0, Batches * 1000);
    }

    [Fact]
    public async Task Reading_allocates_the_events_themselves_and_little_else()
    {
        const int Events = 200_000, PayloadBytes = 100;
        await using var temporary = await TemporaryStore.CreateAsync(new StreamOptions { SegmentBytes = 512 << 20 });
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        var batch = Enumerable.Repeat(new StreamEvent(new byte[PayloadBytes], 0), 1000).ToArray();
        for (var i = 0; i < Events / 1000; i++) await writer.AppendAsync(new EventBatch(batch));
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var clock = Stopwatch.StartNew();
        var read = 0;
        while (read < Events) read += (await reader.ReadAsync()).Events.Length;
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{allocated / Events} bytes an event, {Events / clock.Elapsed.TotalSeconds:N0} events/s");

        var own = PayloadBytes + 12 + 40; // payload, its entry in the batch, and its StoredEvent
        Assert.InRange(allocated, 0, (long)(Events * own * 1.5));
    }
}
