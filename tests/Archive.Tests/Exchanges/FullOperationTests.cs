using Microsoft.Extensions.Time.Testing;
using Weir.Streams;

namespace Weir.Archive.Tests.Exchanges;

/// <summary>What happens when the ring is full of messages that have no file, operation by operation.</summary>
public sealed class FullOperationTests
{
    private static ExchangeOptions Full(FullOperation operation) => Site.Quiet with
    {
        Ring = new RingOptions { Capacity = 500, WhenFull = operation, DropCount = 150, BlockDeadline = TimeSpan.FromSeconds(30) },
    };

    [Fact]
    public async Task Reject_refuses_what_the_ring_cannot_take_and_says_so_as_a_gap()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        await using var exchange = await site.OpenAsync(Full(FullOperation.Reject));
        using var open = gate;
        await exchange.AcceptAsync(0, 500);
        var error = await Assert.ThrowsAsync<ExchangeFullException>(() => exchange.AcceptAsync(Site.Numbered(500, 30)).AsTask());
        Assert.Equal("The exchange 'telemetry' takes no messages: its ring is full.", error.Message);
        await Assert.ThrowsAsync<ExchangeFullException>(() => exchange.AcceptAsync(Site.Numbered(530, 20)).AsTask());

        gate.Dispose();
        await Site.Until(() => exchange.Statistics.WaitingMessages < 400, "there is room again");
        var keys = await exchange.AcceptAsync(Site.Numbered(550, 100));
        Assert.Equal([.. Enumerable.Range(0, 500), .. Enumerable.Range(550, 100)], await exchange.NumbersAsync());
        var gap = Assert.Single((await exchange.QueryAsync(ExchangeExtensions.Everything)).Gaps);
        Assert.Equal((MessageGapCause.Rejected, 50L, 501L, 550L), (gap.Cause, gap.Messages, gap.First.Sequence, gap.Last.Sequence));
        Assert.Equal(551, keys.First.Sequence);
        Assert.Equal(50, exchange.Statistics.Refused);
    }

    [Fact]
    public async Task A_batch_that_does_not_fit_beside_a_few_messages_has_a_file_written_of_them()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Full(FullOperation.Block));
        // Less than half a ring waits, so that no file would be due for an hour.
        await exchange.AcceptAsync(0, 200);
        await exchange.AcceptAsync(Site.Numbered(200, 400));
        Assert.Equal(Enumerable.Range(0, 600), await exchange.NumbersAsync());
    }

    [Fact]
    public async Task Block_holds_publishers_back_until_there_is_room_and_keeps_their_order()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        await using var exchange = await site.OpenAsync(Full(FullOperation.Block));
        using var open = gate;
        await exchange.AcceptAsync(0, 500);
        var waiting = Enumerable.Range(0, 20).Select(batch => exchange.AcceptAsync(Site.Numbered(500 + batch * 10, 10)).AsTask()).ToList();
        await Task.Delay(50);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        gate.Dispose();
        await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(0, 700), await exchange.NumbersAsync());
        Assert.Empty(exchange.Statistics.Gaps);
    }

    [Fact]
    public async Task Block_refuses_those_that_have_waited_for_the_deadline()
    {
        var gate = new Gate();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var site = new Site(time, stepReached: _ => gate.Opened);
        await using var exchange = await site.OpenAsync(Full(FullOperation.Block));
        using var open = gate;
        await exchange.AcceptAsync(0, 500);
        var first = exchange.AcceptAsync(Site.Numbered(500, 40)).AsTask();
        time.Advance(TimeSpan.FromSeconds(20));
        var second = exchange.AcceptAsync(Site.Numbered(540, 40)).AsTask();
        time.Advance(TimeSpan.FromSeconds(10));
        var error = await Assert.ThrowsAsync<ExchangeFullException>(() => first);
        Assert.Equal("The exchange 'telemetry' takes no messages: its ring was full for 00:00:30.", error.Message);
        Assert.False(second.IsCompleted);

        gate.Dispose();
        await second;
        Assert.Equal([.. Enumerable.Range(0, 500), .. Enumerable.Range(540, 40)], await exchange.NumbersAsync());
        Assert.Equal(40, exchange.Missing(MessageGapCause.Rejected));
    }

    [Fact]
    public async Task One_that_gives_up_waiting_lets_nobody_overtake()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        await using var exchange = await site.OpenAsync(Full(FullOperation.Block));
        using var open = gate;
        await exchange.AcceptAsync(0, 500);
        using var patience = new CancellationTokenSource();
        var first = exchange.AcceptAsync(Site.Numbered(500, 10)).AsTask();
        var second = exchange.AcceptAsync(Site.Numbered(510, 10), patience.Token).AsTask();
        var third = exchange.AcceptAsync(Site.Numbered(520, 10)).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.Dispose();
        await Task.WhenAll(first, third);
        Assert.Equal([.. Enumerable.Range(0, 510), .. Enumerable.Range(520, 10)], await exchange.NumbersAsync());
    }

    [Fact]
    public async Task DropOldest_lets_the_oldest_without_a_file_go_and_says_so()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        await using (var exchange = await site.OpenAsync(Full(FullOperation.DropOldest)))
        {
            using var open = gate;
            await exchange.AcceptAsync(0, 3_000);
            await Site.Until(() => exchange.Statistics.Dropped >= 2_500, "all that the ring does not hold is dropped");
            await CheckAsync(exchange, isDropping: true);
            gate.Dispose();
            await exchange.FlushAsync();
            await CheckAsync(exchange, isDropping: false);
        }
        await using var restarted = await site.OpenAsync(Full(FullOperation.DropOldest));
        await CheckAsync(restarted, isDropping: false);

        static async Task CheckAsync(Exchange exchange, bool isDropping)
        {
            var numbers = await exchange.NumbersAsync();
            var gaps = exchange.Statistics.Gaps;
            Assert.All(gaps, gap => Assert.Equal(MessageGapCause.Dropped, gap.Cause));
            Assert.Equal(3_000, numbers.Count + gaps.Sum(gap => gap.Messages));
            // What is there is just what no gap speaks of.
            Assert.Equal(
                Enumerable.Range(0, 3_000).Where(number => !gaps.Any(gap => gap.First.Sequence <= number + 1 && gap.Last.Sequence >= number + 1)),
                numbers);
            Assert.Equal(2_999, numbers[^1]);
            if (isDropping) Assert.InRange(exchange.Statistics.RingMessages, 1, 500);
        }
    }

    [Fact]
    public async Task What_was_dropped_stays_dropped_after_a_crash()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        var copy = site.Folder + "-copy";
        try
        {
            await using (var exchange = await site.OpenAsync(Full(FullOperation.DropOldest)))
            {
                using var open = gate;
                await exchange.AcceptAsync(0, 2_000);
                await Site.Until(() => exchange.Statistics.Dropped >= 1_500, "most is dropped");
                await Site.Until(() => File.Exists(Path.Combine(site.ArchiveFolder, "gaps.json")), "the gaps are written");
                ExchangeRestartTests.Copy(site.Folder, copy);
            }
            await using var after = new Site(folder: copy);
            await using var restarted = await after.OpenAsync(Full(FullOperation.DropOldest));
            var numbers = await restarted.NumbersAsync();
            Assert.Equal(2_000, numbers.Count + restarted.Missing());
            Assert.Equal(numbers.Count, numbers.Distinct().Count());
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Theory]
    [InlineData(FullOperation.Spill)]
    [InlineData(FullOperation.DropOldest)]
    [InlineData(FullOperation.Reject)]
    [InlineData(FullOperation.Block)]
    public async Task Many_publishers_through_a_small_ring_account_for_every_message(FullOperation operation)
    {
        const int Publishers = 4, Batches = 400;
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with
        {
            Ring = new RingOptions { Capacity = 600, WhenFull = operation, DropCount = 100, BlockDeadline = TimeSpan.FromSeconds(120) },
        });
        var refused = 0L;
        var acknowledged = new System.Collections.Concurrent.ConcurrentDictionary<long, bool>();
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            for (var batch = 0; batch < Batches; batch++)
            {
                try
                {
                    var keys = await exchange.AcceptAsync(Site.Numbered(batch * 50, 50));
                    for (var sequence = keys.First.Sequence; sequence <= keys.Last.Sequence; sequence++) Assert.True(acknowledged.TryAdd(sequence, true));
                }
                catch (ExchangeFullException)
                {
                    Interlocked.Add(ref refused, 50);
                }
            }
        })));

        var stored = (await exchange.AllAsync()).Select(message => message.Key.Sequence).ToHashSet();
        Assert.Equal(Publishers * Batches * 50, stored.Count + exchange.Missing());
        Assert.Equal(refused, exchange.Missing(MessageGapCause.Rejected));
        Assert.All(stored, sequence => Assert.Contains(sequence, acknowledged));
        if (operation != FullOperation.DropOldest) Assert.Equal(acknowledged.Count, stored.Count);
        if (operation is FullOperation.Spill or FullOperation.Block) Assert.Empty(exchange.Statistics.Gaps);
    }

    [Fact]
    public async Task Spill_refuses_once_the_stream_is_full_and_files_cannot_be_written_and_goes_on_when_they_can()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with
        {
            Ring = new RingOptions { Capacity = 500 },
            Parquet = new ParquetOptions { EncryptionKey = "line-1" },
            Stream = new StreamOptions { SegmentBytes = 64 << 10, MaxBytes = 256 << 10 },
        });
        var number = 0;
        var error = await Assert.ThrowsAsync<ExchangeFullException>(async () =>
        {
            for (; ; number += 100) await exchange.AcceptAsync(Site.Numbered(number, 100));
        });
        Assert.Contains("files cannot be written: The encryption key 'line-1' is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("line-1", exchange.Statistics.ArchiveError!, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, number), await exchange.NumbersAsync());

        site.BringKey("line-1", 1);
        await Site.Until(() => exchange.Statistics.ArchiveError is null, "files are written again");
        await exchange.AcceptAsync(Site.Numbered(number, 100));
        Assert.Equal(Enumerable.Range(0, number + 100), await exchange.NumbersAsync());
        Assert.Equal(100, exchange.Missing(MessageGapCause.Rejected));
    }

    [Fact]
    public async Task The_operation_changes_while_it_runs()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        await using var exchange = await site.OpenAsync(Full(FullOperation.Block));
        using var open = gate;
        await exchange.AcceptAsync(0, 500);
        var waiting = exchange.AcceptAsync(Site.Numbered(500, 10)).AsTask();
        await exchange.ApplyAsync(Full(FullOperation.Reject));
        await Assert.ThrowsAsync<ExchangeFullException>(() => waiting);
        await exchange.ApplyAsync(Full(FullOperation.Spill));
        await exchange.AcceptAsync(Site.Numbered(510, 10));
        await exchange.ApplyAsync(Full(FullOperation.DropOldest));
        await exchange.AcceptAsync(520, 2_000);
        await Site.Until(() => exchange.Statistics.Dropped > 0, "the oldest go");
    }
}
