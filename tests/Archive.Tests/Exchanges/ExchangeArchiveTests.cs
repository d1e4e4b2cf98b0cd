using Microsoft.Extensions.Time.Testing;
using Weir.Streams;

namespace Weir.Archive.Tests.Exchanges;

public sealed class ExchangeArchiveTests
{
    [Fact]
    public async Task A_file_ends_at_the_greatest_number_of_rows()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with { Roll = new RollOptions { MaxRows = 1_000, MaxAge = TimeSpan.FromHours(1) } });
        await exchange.AcceptAsync(0, 3_500);

        await Site.Until(() => exchange.Statistics.Files == 3, "three files");
        Assert.Equal(3_000, exchange.Statistics.ArchivedMessages);
        Assert.Equal(Enumerable.Range(0, 3_500), await exchange.NumbersAsync());
    }

    [Fact]
    public async Task A_file_ends_at_the_greatest_number_of_bytes()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with { Roll = new RollOptions { MaxBytes = 8 << 10, MaxAge = TimeSpan.FromHours(1) } });
        await exchange.AcceptAsync(0, 1_000);
        await Site.Until(() => exchange.Statistics.Files >= 3, "three files");
        Assert.Equal(Enumerable.Range(0, 1_000), await exchange.NumbersAsync());
    }

    [Fact]
    public async Task A_quiet_exchange_archives_its_last_messages_by_their_age()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var site = new Site(time);
        await using var exchange = await site.OpenAsync(Site.Quiet with { Roll = new RollOptions { MaxAge = TimeSpan.FromMinutes(10) } });
        await exchange.AcceptAsync(0, 10);
        await exchange.NumbersAsync();

        time.Advance(TimeSpan.FromMinutes(9));
        await Task.Delay(50);
        Assert.Empty(site.Files());
        Assert.Equal(TimeSpan.FromMinutes(9), exchange.Statistics.ArchiveLag);
        await Site.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return exchange.Statistics.ArchivedMessages == 10;
            },
            "the messages are archived after ten minutes");
        Assert.Equal(TimeSpan.Zero, exchange.Statistics.ArchiveLag);
    }

    [Fact]
    public async Task Messages_of_an_older_time_wait_for_a_file_like_any_other()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var yesterday = MessageKeySource.Now(TimeProvider.System) - (long)TimeSpan.FromDays(1).TotalMicroseconds;
        for (var i = 0; i < 20; i++) await exchange.AcceptAsync([Site.Message("a", "1") with { ReceivedMicros = yesterday + i }]);
        Assert.Equal(yesterday, (await exchange.AllAsync())[0].Key.TimestampMicros);
        await Task.Delay(100);
        Assert.Empty(site.Files());
        Assert.Equal(20, exchange.Statistics.RingMessages);
    }

    [Fact]
    public async Task The_stream_is_truncated_up_to_what_is_archived()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 20_000);
        var before = (await site.Store.DescribeAsync(Site.Stream))!;
        await exchange.FlushAsync();
        var after = (await site.Store.DescribeAsync(Site.Stream))!;

        Assert.True(after.Bytes < before.Bytes / 2, $"{before.Bytes} bytes became {after.Bytes}");
        Assert.Equal(after.Tail, after.Readers.Single(reader => reader.Reader == "archive").Position);
    }

    [Fact]
    public async Task The_stream_keeps_what_another_reader_that_counts_has_not_seen()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var head = (await site.Store.DescribeAsync(Site.Stream))!.Head;
        await site.Store.WriteCheckpointAsync(Site.Stream, new ReaderCheckpoint("uplink", head));
        await exchange.AcceptAsync(0, 20_000);
        await exchange.FlushAsync();
        Assert.Equal(head, (await site.Store.DescribeAsync(Site.Stream))!.Head);
    }

    [Fact]
    public async Task Nothing_leaves_a_small_ring_before_it_has_a_file()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 200 } });
        for (var number = 0; number < 2_000; number += 50)
        {
            await exchange.AcceptAsync(Site.Numbered(number, 50));
            Assert.InRange(exchange.Statistics.RingMessages, 0, 200);
        }
        Assert.Equal(Enumerable.Range(0, 2_000), await exchange.NumbersAsync());
        Assert.Empty(exchange.Statistics.Gaps);
    }

    [Fact]
    public async Task A_batch_larger_than_the_whole_ring_still_passes_through()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 10 } });
        await exchange.AcceptAsync(0, 900, batch: 300);
        Assert.Equal(Enumerable.Range(0, 900), await exchange.NumbersAsync());
    }

    [Fact]
    public async Task Accepting_waits_when_three_quarters_of_the_stream_budget_wait_for_the_archive()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        var options = Site.Quiet with { Ring = new RingOptions { Capacity = 1_000 }, Stream = new StreamOptions { SegmentBytes = 64 << 10, MaxBytes = 256 << 10 } };
        await using var exchange = await site.OpenAsync(options);
        using var open = gate;

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var accepted = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            for (; ; accepted += 100) await exchange.AcceptAsync(Site.Numbered(accepted, 100), patience.Token);
        });
        Assert.True(exchange.Statistics.IsHeldBack);
        Assert.InRange(exchange.Statistics.WaitingBytes, 1, 256 << 10);

        gate.Dispose();
        await Site.Until(() => !exchange.Statistics.IsHeldBack, "there is room again");
        await exchange.AcceptAsync(Site.Numbered(accepted, 100));
        Assert.Equal(Enumerable.Range(0, accepted + 100), await exchange.NumbersAsync());
        Assert.Empty(exchange.Statistics.Gaps);
    }

    [Fact]
    public async Task A_query_is_answered_while_the_archive_stands_still_and_the_ring_is_full()
    {
        var gate = new Gate();
        await using var site = new Site(stepReached: _ => gate.Opened);
        await using var exchange = await site.OpenAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 500 } });
        using var open = gate;
        await exchange.AcceptAsync(0, 3_000);
        Assert.Equal(Enumerable.Range(0, 3_000), await exchange.NumbersAsync());
        Assert.Equal(3_000, (await exchange.CountAsync(ExchangeExtensions.Everything)).Messages);
    }

    [Fact]
    public async Task Retention_lets_the_oldest_files_go_and_says_so()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync(Site.Quiet with { Retention = new RetentionOptions { MaxFiles = 2 } });
        for (var file = 0; file < 5; file++)
        {
            await exchange.AcceptAsync(file * 100, 100);
            await exchange.FlushAsync();
        }
        await Site.Until(() => exchange.Statistics.Files == 2 && site.Files().Length == 2, "two files are left");
        // What the ring still has is no loss: empty it, so that the files alone answer.
        await exchange.DisposeAsync();
        await using var restarted = await site.OpenAsync();

        var page = await restarted.QueryAsync(new MessageQuery(0, long.MaxValue));
        Assert.Equal(Enumerable.Range(300, 200), await restarted.NumbersAsync());
        var gap = Assert.Single(page.Gaps);
        Assert.Equal((MessageGapCause.Retention, 300L, 1L, 300L), (gap.Cause, gap.Messages, gap.First.Sequence, gap.Last.Sequence));
    }

    [Fact]
    public async Task Retention_by_age_goes_by_the_newest_message_of_a_file()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var site = new Site(time);
        await using var exchange = await site.OpenAsync(Site.Quiet with { Retention = new RetentionOptions { MaxAge = TimeSpan.FromDays(1) } });
        await exchange.AcceptAsync(0, 100);
        await exchange.FlushAsync();
        time.Advance(TimeSpan.FromHours(23));
        await exchange.AcceptAsync(100, 100);
        await exchange.FlushAsync();
        Assert.Equal(2, site.Files().Length);

        await Site.Until(
            () =>
            {
                time.Advance(TimeSpan.FromMinutes(2));
                return site.Files().Length == 1;
            },
            "the older file goes after a day");
        Assert.Equal(100, Assert.Single(exchange.Statistics.Gaps).Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_or_missing_file_becomes_a_gap_and_the_rest_answers(bool isDamaged)
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync())
        {
            for (var file = 0; file < 3; file++)
            {
                await exchange.AcceptAsync(file * 1_000, 1_000);
                await exchange.FlushAsync();
            }
        }
        await using var restarted = await site.OpenAsync();
        var middle = site.Files()[1];
        if (isDamaged)
        {
            var bytes = await File.ReadAllBytesAsync(middle);
            bytes[bytes.Length / 3] ^= 1;
            await File.WriteAllBytesAsync(middle, bytes);
        }
        else
        {
            File.Delete(middle);
        }

        var page = await restarted.QueryAsync(new MessageQuery(0, long.MaxValue) { Limit = 10_000 });
        Assert.Equal(2_000, page.Messages.Count);
        var gap = Assert.Single(page.Gaps);
        Assert.Equal(isDamaged ? MessageGapCause.CorruptFile : MessageGapCause.MissingFile, gap.Cause);
        Assert.Equal((1_000L, 1_001L, 2_000L), (gap.Messages, gap.First.Sequence, gap.Last.Sequence));
        Assert.Contains(Path.GetFileName(middle), gap.Detail, StringComparison.Ordinal);
        Assert.Equal(isDamaged, File.Exists(middle + ".corrupt"));

        await restarted.DisposeAsync();
        await using var again = await site.OpenAsync();
        Assert.Equal(gap, Assert.Single(again.Statistics.Gaps));
    }

    [Fact]
    public async Task A_file_that_went_missing_while_nobody_looked_is_found_at_the_start()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync())
        {
            for (var file = 0; file < 3; file++)
            {
                await exchange.AcceptAsync(file * 100, 100);
                await exchange.FlushAsync();
            }
        }
        File.Delete(site.Files()[1]);

        await using var restarted = await site.OpenAsync();
        var gap = Assert.Single(restarted.Statistics.Gaps);
        Assert.Equal((MessageGapCause.MissingFile, 100L, 101L), (gap.Cause, gap.Messages, gap.First.Sequence));
    }

    [Fact]
    public async Task Limits_change_while_it_runs()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 1_000);
        Assert.Equal(1_000, (await exchange.CountAsync(ExchangeExtensions.Everything)).Messages);
        Assert.Empty(site.Files());

        await exchange.ApplyAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 100 } });
        await Site.Until(() => exchange.Statistics.RingMessages <= 100, "the ring has shrunk");
        Assert.Equal(Enumerable.Range(0, 1_000), await exchange.NumbersAsync());
    }
}
