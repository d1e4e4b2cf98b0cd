using Microsoft.Extensions.Time.Testing;

namespace Weir.Archive.Tests.Exchanges;

public sealed class ExchangeStatisticsTests
{
    [Fact]
    public async Task They_say_what_is_in_the_ring_and_on_disk()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var site = new Site(time);
        await using var exchange = await site.OpenAsync();
        Assert.Equal((0L, null, null), (exchange.Statistics.RingMessages, exchange.Statistics.Newest, exchange.Statistics.LastMessage));

        var first = await exchange.AcceptAsync(Site.Numbered(0, 60));
        await exchange.FlushAsync();
        var last = await exchange.AcceptAsync(Site.Numbered(60, 40));
        await exchange.NumbersAsync();
        var statistics = exchange.Statistics;

        Assert.Equal("telemetry", statistics.Name);
        Assert.Equal((100L, 0L), (statistics.Accepted, statistics.Refused));
        Assert.Equal((100L, 60L, 1), (statistics.RingMessages, statistics.ArchivedMessages, statistics.Files));
        Assert.Equal(new FileInfo(site.Files()[0]).Length, statistics.ArchivedBytes);
        Assert.Equal((first.First, last.Last), (statistics.Oldest, statistics.Newest));
        Assert.Equal(time.GetUtcNow(), statistics.LastMessage);
        Assert.InRange(statistics.WaitingBytes, 1, 10_000);
        Assert.False(statistics.IsHeldBack);
        Assert.Null(statistics.ArchiveError);
        Assert.Empty(statistics.Gaps);
    }

    [Fact]
    public async Task The_rate_is_that_of_the_last_ten_whole_seconds()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var site = new Site(time);
        await using var exchange = await site.OpenAsync();
        for (var second = 0; second < 20; second++)
        {
            await exchange.AcceptAsync(Site.Numbered(0, second < 10 ? 5 : 30));
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(30, exchange.Statistics.MessagesPerSecond);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(15, exchange.Statistics.MessagesPerSecond);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, exchange.Statistics.MessagesPerSecond);
    }

    [Fact]
    public async Task An_archive_that_cannot_write_says_why_and_goes_on_when_it_can()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var site = new Site(time);
        await using var exchange = await site.OpenAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 100 } });
        // A folder in the place of the file: what DuckDB is to write cannot be written.
        var obstacle = Path.Combine(site.ArchiveFolder, "telemetry.parquet.tmp");
        Directory.CreateDirectory(obstacle);
        await exchange.AcceptAsync(0, 300);
        await Site.Until(() => exchange.Statistics.ArchiveError is not null, "the archive has failed");
        Assert.Equal(Enumerable.Range(0, 300), await exchange.NumbersAsync());

        Directory.Delete(obstacle);
        await Site.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return exchange.Statistics is { ArchiveError: null, ArchivedMessages: >= 200 };
            },
            "the archive has gone on");
        Assert.Equal(Enumerable.Range(0, 300), await exchange.NumbersAsync());
    }
}
