using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weir.Archive;
using Weir.Archive.Duck;
using Weir.Mqtt;
using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>
/// A broker with an exchange, in a process of its own, is killed at a random moment amid publishing, fifty times over on
/// one folder: what was acknowledged is stored, or is a declared gap.
/// </summary>
public sealed class KilledExchangeTests
{
    private const int Kills = 50;
    private const int Publishers = 2;

    public static ExchangeOptions Options(FullOperation operation) => new()
    {
        Name = "all",
        Ring = new RingOptions { Capacity = 600, WhenFull = operation, DropCount = 100 },
        Roll = new RollOptions { MaxRows = 2_000, MaxAge = TimeSpan.FromMilliseconds(100) },
        Stream = new StreamOptions { SegmentBytes = 64 << 10 },
    };

    /// <summary>The process that is killed: says its port and serves until then.</summary>
    public static async Task<int> ServeAsync(string folder, string operation)
    {
        await using var host = await ExchangeHost.StartAsync(folder, Options(Enum.Parse<FullOperation>(operation)));
        Console.WriteLine(host.Port.ToString(CultureInfo.InvariantCulture));
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    [Fact]
    public async Task What_was_acknowledged_is_stored_or_a_declared_gap_after_fifty_kills()
    {
        var folder = Directory.CreateTempSubdirectory("weir-killed-").FullName;
        var random = new Random();
        try
        {
            var acknowledged = new HashSet<string>();
            var sent = new HashSet<string>();
            for (var life = 0; life < Kills; life++)
            {
                var operation = (FullOperation)(life % 4);
                await LiveAndDieAsync(folder, life, operation, random.Next(300), acknowledged, sent);
                // Each operation is looked at after each of its first lives, and all together now and then.
                if (life < 8 || life % 7 == 0 || life == Kills - 1) await CheckAsync(folder, life, operation, acknowledged, sent);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task LiveAndDieAsync(
        string folder, int life, FullOperation operation, int milliseconds, HashSet<string> acknowledged, HashSet<string> sent)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exchange", folder, $"{operation}"]) { RedirectStandardOutput = true })!;
        try
        {
            var port = int.Parse((await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)))!, CultureInfo.InvariantCulture);
            var publishing = Enumerable.Range(0, Publishers).Select(p => PublishAsync(port, $"{life}.{p}", acknowledged, sent)).ToList();
            // From the first acknowledgement on, so that it is amid publishing on any machine.
            var before = Count(acknowledged);
            while (Count(acknowledged) == before && !publishing.All(publisher => publisher.IsCompleted)) await Task.Delay(1);
            await Task.Delay(milliseconds);
            process.Kill();
            await Task.WhenAll(publishing);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static int Count(HashSet<string> set)
    {
        lock (set) return set.Count;
    }

    private static async Task PublishAsync(int port, string publisher, HashSet<string> acknowledged, HashSet<string> sent)
    {
        try
        {
            await using var client = new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = port, ClientId = publisher, MaxInflight = 200 });
            await client.ConnectAsync();
            var pending = new List<Task>();
            for (var i = 0; i < 500_000; i++)
            {
                pending.Add(OneAsync(client, $"{publisher}-{i}"));
                if (pending.Count < 200) continue;
                await Task.WhenAll(pending);
                pending.Clear();
            }
            await Task.WhenAll(pending);
        }
        catch (Exception e) when (e is IOException or MqttException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            // The process is gone; what it had not acknowledged was not promised.
        }

        async Task OneAsync(MqttClient client, string payload)
        {
            lock (sent) sent.Add(payload);
            var answer = await client.PublishAsync("plant/a", Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce);
            if (answer >= ReasonCode.UnspecifiedError) return;
            lock (acknowledged) acknowledged.Add(payload);
        }
    }

    private static async Task CheckAsync(string folder, int life, FullOperation operation, HashSet<string> acknowledged, HashSet<string> sent)
    {
        await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = Path.Combine(folder, "streams") });
        using var duck = DuckDatabase.Open(folder, new DuckOptions { MemoryBytes = 256 << 20 });
        await using var exchange = await Exchange.OpenAsync(
            Options(operation) with { TopicFilters = ["#"] },
            new ExchangeServices { Store = store, Duck = duck, Folder = Path.Combine(folder, "archive") });
        // What the ring had no room for at the start may be dropped still: it is looked at when that has come to rest.
        await exchange.FlushAsync();
        var messages = await exchange.MessagesAsync();
        var stored = messages.ConvertAll(message => message.Payload);
        var gaps = exchange.Statistics.Gaps;

        Assert.True(stored.Count == stored.Distinct().Count(), $"life {life}: a message is there twice");
        Assert.All(stored, payload => Assert.Contains(payload, sent));
        var lost = acknowledged.Except(stored).Count();
        var dropped = gaps.Where(gap => gap.Cause == MessageGapCause.Dropped).Sum(gap => gap.Messages ?? 0);
        // What was dropped may never have been acknowledged, so there may be more of it, never less.
        Assert.True(lost <= dropped, $"life {life}: {lost} acknowledged messages are gone, but only {dropped} are declared to be dropped");
        Assert.All(gaps, gap => Assert.True(gap.Cause is MessageGapCause.Dropped or MessageGapCause.Rejected, $"life {life}: {gap}"));
        // Every key that was ever given is stored or in a gap.
        var newest = messages[^1].Key.Sequence;
        var beyond = gaps.Where(gap => gap.First.Sequence > newest).Sum(gap => gap.Messages ?? 0);
        Assert.Equal(newest, stored.Count + gaps.Sum(gap => gap.Messages ?? 0) - beyond);
    }
}
