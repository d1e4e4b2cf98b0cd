using System.Diagnostics;
using System.Globalization;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>
/// A process that appends is killed (SIGKILL) at random, again and again, on one store: 50 times, with WEIR_TEST_LONG=1
/// 1,000 times. After each, every acknowledged event is there once and in order.
/// </summary>
public sealed class CrashTests
{
    private readonly long[] next = new long[AppendUntilKilled.Writers];
    private StreamPosition verified = StreamPosition.Earliest;

    [Fact]
    public async Task Everything_acknowledged_before_kill_9_is_there_once_and_in_order_and_the_folder_is_free()
    {
        var kills = Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 1000 : 50;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("weir-crash-").FullName;
        var acknowledged = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            var durability = kill % 5 == 4 ? StreamDurability.Synced : StreamDurability.Written;
            // Some kills fall while the store is opened and recovered, most while it appends.
            var most = durability == StreamDurability.Synced ? 40 : 200;
            var after = random.Next(4) == 0 ? 0 : random.Next(1, most);
            var acks = await KillAsync(folder, durability, after, TimeSpan.FromMilliseconds(random.Next(300)));
            acknowledged += acks.Count;
            await VerifyAsync(folder, acks, $"seed {seed}, kill {kill}");
        }
        // Not a run in which nothing happened.
        Assert.True(acknowledged > kills * 10, $"Only {acknowledged} batches were acknowledged.");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<List<(int Writer, long Number)>> KillAsync(
        string folder, StreamDurability durability, int afterAcknowledgements, TimeSpan orAfter)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { AppendUntilKilled.Command, folder, durability.ToString() }, RedirectStandardOutput = true,
            // Compiled once and run for a moment: what would make it fast later only makes it start late.
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var text = new System.Text.StringBuilder();
        var buffer = new char[4096];
        var lines = 0;
        if (afterAcknowledgements == 0) await Task.Delay(orAfter, deadline.Token);
        while (lines < afterAcknowledgements)
        {
            var read = await process.StandardOutput.ReadAsync(buffer, deadline.Token);
            if (read == 0) Assert.Fail("The process ended by itself.");
            text.Append(buffer, 0, read);
            lines += buffer.AsSpan(0, read).Count('\n');
        }
        process.Kill();
        text.Append(await process.StandardOutput.ReadToEndAsync(deadline.Token));
        await process.WaitForExitAsync(deadline.Token);

        // The last line may be cut in the middle of its number.
        var whole = text.ToString();
        return [.. whole[..(whole.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
    }

    private async Task VerifyAsync(string folder, List<(int Writer, long Number)> acknowledged, string which)
    {
        await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder });
        if (await store.DescribeAsync(AppendUntilKilled.Name) is not { } stream)
        {
            Assert.Empty(acknowledged);
            return;
        }
        var (events, gaps) = await store.ReadAllAsync(AppendUntilKilled.Name, verified);
        Assert.Empty(gaps);
        foreach (var stored in events)
        {
            var (writer, number) = Parse(stored.Text().TrimEnd('.'));
            Assert.True(next[writer] == number, $"{which}: writer {writer} has {number}, but {next[writer]} follows.");
            next[writer]++;
        }
        foreach (var (writer, number) in acknowledged)
            Assert.True(number < next[writer], $"{which}: {writer}-{number} was acknowledged, but is not there.");
        if (await store.ReadCheckpointAsync(AppendUntilKilled.Name, "reader") is { } checkpoint)
            Assert.True(checkpoint.Position <= stream.Tail, $"{which}: the checkpoint {checkpoint.Position} lies behind the tail {stream.Tail}.");
        verified = stream.Tail;
        // Keeps the run from reading ever more, and is one more thing to recover from.
        await store.TruncateAsync(AppendUntilKilled.Name, verified);
    }

    private static (int Writer, long Number) Parse(string text)
    {
        var cut = text.IndexOf('-', StringComparison.Ordinal);
        return (int.Parse(text[..cut], CultureInfo.InvariantCulture), long.Parse(text[(cut + 1)..], CultureInfo.InvariantCulture));
    }
}
