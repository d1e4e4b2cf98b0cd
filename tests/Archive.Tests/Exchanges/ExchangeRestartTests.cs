using System.Diagnostics;
using System.Globalization;
using Weir.Streams;

namespace Weir.Archive.Tests.Exchanges;

public sealed class ExchangeRestartTests
{
    [Fact]
    public async Task A_crash_after_any_step_of_archiving_loses_and_repeats_nothing()
    {
        var copies = new List<(ArchiveStep Step, string Folder)>();
        Site? live = null;
        await using var site = live = new Site(stepReached: step =>
        {
            if (copies.Any(copy => copy.Step == step)) return Task.CompletedTask;
            var target = live!.Folder + "-" + step;
            Copy(live.Folder, target);
            copies.Add((step, target));
            return Task.CompletedTask;
        });
        try
        {
            await using (var exchange = await site.OpenAsync())
            {
                await exchange.AcceptAsync(0, 3_000);
                await exchange.FlushAsync();
            }
            Assert.Equal(Enum.GetValues<ArchiveStep>(), copies.Select(copy => copy.Step));

            foreach (var (step, folder) in copies)
            {
                await using var restarted = new Site(folder: folder);
                await using var exchange = await restarted.OpenAsync();
                Assert.Empty(Directory.EnumerateFiles(restarted.ArchiveFolder, "*.parquet.tmp"));
                Assert.Equal(Enumerable.Range(0, 3_000), await exchange.NumbersAsync());
                await exchange.AcceptAsync(3_000, 500);
                await exchange.FlushAsync();
                Assert.True(Enumerable.Range(0, 3_500).SequenceEqual(await exchange.NumbersAsync()), $"after {step}");
                Assert.Empty(exchange.Statistics.Gaps);
            }
        }
        finally
        {
            foreach (var (_, folder) in copies) Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Killing_the_process_again_and_again_loses_no_accepted_message()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"weir-archive-kill-{Guid.NewGuid():N}");
        try
        {
            // Each life begins at 0 again, so what a life was told to be kept must follow the life before it.
            for (var (life, known) = (1, new List<int>()); life <= 3; life++)
            {
                var kept = await LiveAndDieAsync(folder, batches: 100 * life);
                await using var site = new Site(folder: folder);
                await using var exchange = await site.OpenAsync(CrashingWriter.Options);
                var numbers = await exchange.NumbersAsync();

                Assert.Equal(known, numbers[..known.Count]);
                Assert.Equal(Enumerable.Range(0, numbers.Count - known.Count), numbers[known.Count..]);
                Assert.InRange(numbers.Count - known.Count, kept, int.MaxValue);
                Assert.Empty(exchange.Statistics.Gaps);
                known = numbers;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Keys_go_on_after_a_restart_even_where_every_file_has_gone()
    {
        await using var site = new Site();
        var options = Site.Quiet with { Retention = new RetentionOptions { MaxFiles = 1 } };
        KeyRange before;
        await using (var exchange = await site.OpenAsync(options))
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
            before = await exchange.AcceptAsync(Site.Numbered(100, 100));
            await exchange.FlushAsync();
            await Site.Until(() => site.Files().Length == 1, "one file is left");
        }
        foreach (var file in site.Files()) File.Delete(file);

        await using var restarted = await site.OpenAsync(options);
        var after = await restarted.AcceptAsync(Site.Numbered(0, 1));
        Assert.True(after.First > before.First, $"{after.First} comes after {before.First}");
    }

    [Fact]
    public async Task What_waits_in_the_stream_fills_the_ring_at_the_start()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync()) await exchange.AcceptAsync(0, 1_000);

        await using var restarted = await site.OpenAsync();
        Assert.Equal(1_000, restarted.Statistics.RingMessages);
        Assert.Equal(Enumerable.Range(0, 1_000), await restarted.NumbersAsync());
    }

    [Fact]
    public async Task A_backlog_larger_than_the_ring_is_taken_up_by_and_by()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync()) await exchange.AcceptAsync(0, 5_000);

        await using var restarted = await site.OpenAsync(Site.Quiet with { Ring = new RingOptions { Capacity = 800 } });
        Assert.Equal(Enumerable.Range(0, 5_000), await restarted.NumbersAsync());
        await restarted.FlushAsync();
        Assert.InRange(restarted.Statistics.RingMessages, 0, 800);
        Assert.Equal(5_000, restarted.Statistics.ArchivedMessages);
        Assert.Equal(Enumerable.Range(0, 5_000), await restarted.NumbersAsync());
    }

    [Fact]
    public async Task A_stream_in_memory_begins_anew_and_the_files_stay()
    {
        var folder = Directory.CreateTempSubdirectory("weir-archive-memory-").FullName;
        var options = Site.Quiet with { Stream = new StreamOptions { Durability = StreamDurability.Memory } };
        try
        {
            for (var life = 0; life < 3; life++)
            {
                await using var site = new Site(folder: folder);
                await using var exchange = await site.OpenAsync(options);
                await exchange.AcceptAsync(life * 500, 500, batch: 50 * (3 - life));
                if (life < 2) await exchange.FlushAsync();
                Assert.Equal(Enumerable.Range(0, (life + 1) * 500), await exchange.NumbersAsync());
                Assert.Empty(exchange.Statistics.Gaps);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_exchange_cannot_be_opened_twice()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var error = await Assert.ThrowsAsync<IOException>(() => site.OpenAsync());
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_lost_its_head_before_it_was_archived_leaves_a_gap()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync()) await exchange.AcceptAsync(0, 20_000);
        var middle = (await site.Store.DescribeAsync(Site.Stream))!.Tail with { Offset = 100 };
        await site.Store.TruncateAsync(Site.Stream, middle);

        await using var restarted = await site.OpenAsync();
        var numbers = await restarted.NumbersAsync();
        var gap = Assert.Single(restarted.Statistics.Gaps);
        Assert.Equal(MessageGapCause.Stream, gap.Cause);
        Assert.Equal(20_000, numbers.Count + gap.Messages);
        Assert.Equal(gap.Messages, numbers[0]);
    }

    private static async Task<int> LiveAndDieAsync(string folder, int batches)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, ArgumentList = { "writer", folder } };
        using var writer = Process.Start(start)!;
        var kept = 0;
        try
        {
            for (var i = 0; i < batches; i++)
            {
                var line = await writer.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
                kept = int.Parse(line!, CultureInfo.InvariantCulture);
            }
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync();
        }
        return kept;
    }

    internal static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            // A lock ends with its process and is nothing that a crash leaves.
            if (Path.GetFileName(file) != "lock") File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
        }
    }
}
