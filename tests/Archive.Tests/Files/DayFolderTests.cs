using Microsoft.Extensions.Time.Testing;

namespace Weir.Archive.Tests.Files;

public sealed class DayFolderTests
{
    private static readonly DateTimeOffset BeforeMidnight = new(2026, 2, 28, 23, 59, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_file_lies_in_the_folder_of_its_day_and_ends_with_it()
    {
        var time = new FakeTimeProvider(BeforeMidnight);
        await using var site = new Site(time);
        await using (var exchange = await site.OpenAsync(Site.Quiet with { Roll = new RollOptions { MaxAge = TimeSpan.FromDays(30) } }))
        {
            await exchange.AcceptAsync(0, 150);
            // One batch, and so one block of the stream, that lies over midnight; its last message two days later.
            var micros = BeforeMidnight.ToUnixTimeMilliseconds() * 1_000;
            time.Advance(TimeSpan.FromDays(3));
            var across = Site.Numbered(150, 100)
                .Select((message, i) => message with { ReceivedMicros = micros + (i < 50 ? i : i < 99 ? 120_000_000 + i : 2 * 86_400_000_000L) });
            await exchange.AcceptAsync([.. across]);
            await exchange.FlushAsync();
            Assert.Equal(Enumerable.Range(0, 250), await exchange.NumbersAsync());
        }
        Assert.Equal(
            ["day=2026-02-28/200", "day=2026-03-01/49", "day=2026-03-02/1"],
            site.Files().Select(file => $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file).Split('_')[3]}"));

        await using var restarted = await site.OpenAsync();
        Assert.Equal(Enumerable.Range(0, 250), await restarted.NumbersAsync());
        Assert.Empty(restarted.Statistics.Gaps);
        Assert.Equal(0, restarted.Statistics.WaitingMessages);
    }

    [Fact]
    public async Task A_day_goes_with_its_last_file()
    {
        var time = new FakeTimeProvider(BeforeMidnight);
        await using var site = new Site(time);
        await using var exchange = await site.OpenAsync(Site.Quiet with { Retention = new RetentionOptions { MaxFiles = 1 } });
        await exchange.AcceptAsync(0, 10);
        await exchange.FlushAsync();
        time.Advance(TimeSpan.FromDays(1));
        await exchange.AcceptAsync(10, 10);
        await exchange.FlushAsync();
        await Site.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(2));
                return !Directory.Exists(Path.Combine(site.ArchiveFolder, "day=2026-02-28"));
            },
            "the day's folder goes");
        Assert.True(Directory.Exists(Path.Combine(site.ArchiveFolder, "day=2026-03-01")));
    }

    [Fact]
    public async Task Files_of_a_former_folder_stay_and_are_read()
    {
        await using var site = new Site();
        var second = Path.Combine(site.Folder, "second-disk");
        await using (var exchange = await site.OpenAsync())
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
            await exchange.ApplyAsync(Site.Quiet with { Folder = second });
            await exchange.AcceptAsync(100, 100);
            await exchange.FlushAsync();
            Assert.Equal(Enumerable.Range(0, 200), await exchange.NumbersAsync());
        }
        Assert.Single(Directory.GetFiles(Path.Combine(second, "telemetry"), "*.parquet", SearchOption.AllDirectories));
        Assert.Single(site.Files());

        await using var restarted = await site.OpenAsync();
        Assert.Equal(Enumerable.Range(0, 200), await restarted.NumbersAsync());
        var error = await Assert.ThrowsAsync<ArgumentException>(() => restarted.ApplyAsync(Site.Quiet with { Folder = "/proc/weir" }));
        Assert.StartsWith("exchange 'telemetry': folder '/proc/weir' cannot be written to: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_away_at_a_start_is_a_gap_and_its_keys_are_not_given_again()
    {
        await using var site = new Site();
        var second = Path.Combine(site.Folder, "second-disk");
        MessageKey last;
        await using (var exchange = await site.OpenAsync())
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
            await exchange.ApplyAsync(Site.Quiet with { Folder = second });
            last = (await exchange.AcceptAsync(Site.Numbered(100, 100))).Last;
            await exchange.FlushAsync();
        }
        Directory.Move(second, second + "-away");
        await using (var without = await site.OpenAsync())
        {
            Assert.Equal(Enumerable.Range(0, 100), await without.NumbersAsync());
            var gap = Assert.Single(without.Statistics.Gaps);
            Assert.Equal((MessageGapCause.MissingFile, 100L), (gap.Cause, gap.Messages));
            Assert.Equal(last.Sequence + 1, (await without.AcceptAsync(Site.Numbered(200, 50))).First.Sequence);
        }
        Directory.Move(second + "-away", second);
        await using var again = await site.OpenAsync();
        Assert.Equal(Enumerable.Range(0, 250), await again.NumbersAsync());
        Assert.Empty(again.Statistics.Gaps);
    }
}
