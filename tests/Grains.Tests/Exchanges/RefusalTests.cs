using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Weir.Archive;
using Weir.Mqtt;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>What a publisher is told when an exchange has no room, and what unusual messages come back as.</summary>
public sealed partial class RefusalTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-refusal-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_full_exchange_answers_quota_exceeded_in_MQTT_5_and_ends_the_connection_in_3_1_1()
    {
        // Files cannot be written, since their key is missing; so the ring stays full.
        await using var host = await ExchangeHost.StartAsync(folder, Stuck(FullOperation.Reject));
        var exchange = host.Exchange;
        await using var five = await host.ConnectAsync("five");
        for (var i = 0; i < 100; i++) Assert.True(await PublishAsync(five, "plant/a", $"{i}") is ReasonCode.Success or ReasonCode.NoMatchingSubscribers);
        Assert.Equal(ReasonCode.QuotaExceeded, await PublishAsync(five, "plant/a", "refused"));
        Assert.True(await PublishAsync(five, "hall/a", "not kept") is ReasonCode.Success or ReasonCode.NoMatchingSubscribers);

        await using var four = await host.ConnectAsync("four", MqttVersion.V311);
        await Assert.ThrowsAnyAsync<Exception>(() => PublishAsync(four, "plant/a", "refused"));
        await four.Completion.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.False(four.IsConnected);

        // A message of quality of service 0 has no answer: the gap alone tells.
        await five.PublishAsync("plant/a", "unanswered"u8.ToArray(), QualityOfService.AtMostOnce);
        await UntilAsync(() => exchange.Missing() == 3, "three messages are in gaps");
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), await exchange.PayloadsAsync());
        Assert.All(exchange.Statistics.Gaps, gap => Assert.Equal(MessageGapCause.Rejected, gap.Cause));
    }

    [Fact]
    public async Task Only_the_messages_of_the_full_exchange_are_refused()
    {
        await using var host = await ExchangeHost.StartAsync(folder, Stuck(FullOperation.Reject));
        var hall = await host.Exchanges.OpenAsync(new ExchangeOptions { Name = "hall", TopicFilters = ["hall/#", "plant/both"] });
        await using var client = await host.ConnectAsync("client");
        for (var i = 0; i < 100; i++) await PublishAsync(client, "plant/a", $"{i}");

        // Sent at once, so that they lie in one batch.
        var answers = await Task.WhenAll(
            PublishAsync(client, "hall/a", "1"), PublishAsync(client, "plant/a", "2"), PublishAsync(client, "plant/both", "3"), PublishAsync(client, "hall/b", "4"));
        Assert.Equal([false, true, true, false], answers.Select(answer => answer == ReasonCode.QuotaExceeded));
        // The other exchange has its copy of what one of both refused.
        Assert.Equal(["1", "3", "4"], await hall.PayloadsAsync());
    }

    [Fact]
    public async Task Block_refuses_at_its_deadline()
    {
        var options = Stuck(FullOperation.Block) with { Ring = new RingOptions { Capacity = 100, WhenFull = FullOperation.Block, BlockDeadline = TimeSpan.FromMilliseconds(200) } };
        await using var host = await ExchangeHost.StartAsync(folder, options);
        await using var client = await host.ConnectAsync("client");
        for (var i = 0; i < 100; i++) await PublishAsync(client, "plant/a", $"{i}");
        Assert.Equal(ReasonCode.QuotaExceeded, await PublishAsync(client, "plant/a", "late"));
    }

    [Fact]
    public async Task A_full_disk_refuses_with_the_reason_loses_nothing_acknowledged_and_goes_on_when_there_is_room()
    {
        var disk = Path.Combine(folder, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Mount("tmpfs", disk, "tmpfs", 0, "size=24m") == 0, "A small disk cannot be mounted here: that takes Linux and root.");
        try
        {
            var filler = Path.Combine(disk, "filler");
            var options = new ExchangeOptions
            {
                Name = "all", TopicFilters = ["#"], Ring = new RingOptions { Capacity = 2_000 },
                Stream = new Streams.StreamOptions { SegmentBytes = 256 << 10, MaxBytes = 64 << 20 },
            };
            await using var host = await ExchangeHost.StartAsync(disk, options);
            var exchange = await host.Exchanges.OpenAsync(options);
            await using var client = await host.ConnectAsync("client");
            await PublishAsync(client, "plant/a", "first");
            await File.WriteAllBytesAsync(filler, new byte[16 << 20]);

            // Payloads that no compression makes small, until the disk takes no more.
            var random = new Random(3);
            var kept = new List<string> { "first" };
            var refused = new List<ReasonCode>();
            while (refused.Count < 20)
            {
                Assert.True(kept.Count < 20_000, "The disk never became full.");
                var bytes = new byte[3_000];
                random.NextBytes(bytes);
                var payload = Convert.ToBase64String(bytes);
                var answer = await PublishAsync(client, "plant/a", payload);
                if (answer < ReasonCode.UnspecifiedError) kept.Add(payload);
                else refused.Add(answer);
            }
            Assert.All(refused, answer => Assert.Equal(ReasonCode.QuotaExceeded, answer));
            Assert.Contains(exchange.Statistics.Gaps, gap => gap.Cause is MessageGapCause.Refused or MessageGapCause.Rejected && gap.Detail.Contains("space", StringComparison.OrdinalIgnoreCase));
            Assert.Equal(kept, await exchange.PayloadsAsync());

            File.Delete(filler);
            await UntilAsync(async () => await PublishAsync(client, "plant/a", "last") < ReasonCode.UnspecifiedError, "the exchange takes messages again");
            kept.Add("last");
            Assert.Equal(kept, await exchange.PayloadsAsync());
            await exchange.FlushAsync();
            await UntilAsync(() => exchange.Statistics.ArchiveError is null, "files are written again");

            await host.Exchanges.CloseAsync("all");
            Assert.Equal(kept, await (await host.Exchanges.OpenAsync(options)).PayloadsAsync());
        }
        finally
        {
            Assert.Equal(0, Unmount(disk, 2));
        }
    }

    [Fact]
    public async Task Payloads_of_0_bytes_and_16_MiB_come_back_from_ring_and_file()
    {
        var options = new ExchangeOptions { Name = "all", TopicFilters = ["#"] };
        await using var host = await ExchangeHost.StartAsync(folder, options);
        var exchange = await host.Exchanges.OpenAsync(options);
        await using var client = await host.ConnectAsync("client");
        var large = new byte[16 << 20];
        new Random(1).NextBytes(large);
        await Task.WhenAll(
            client.PublishAsync("plant/empty", ReadOnlyMemory<byte>.Empty, QualityOfService.AtLeastOnce).AsTask(),
            client.PublishAsync("plant/large", large, QualityOfService.AtLeastOnce).AsTask(),
            client.PublishAsync("plant/large", large, QualityOfService.ExactlyOnce).AsTask(),
            client.PublishAsync("plant/small", "x"u8.ToArray(), QualityOfService.AtLeastOnce).AsTask());

        for (var pass = 0; pass < 2; pass++)
        {
            var found = new List<ArchivedMessage>();
            MessageKey? after = null;
            do
            {
                var page = await exchange.QueryAsync(new MessageQuery(0, long.MaxValue) { After = after });
                found.AddRange(page.Messages);
                after = page.Next;
            }
            while (after is not null);
            Assert.Equal(["plant/empty", "plant/large", "plant/large", "plant/small"], found.Select(message => message.Topic));
            Assert.Equal([0, large.Length, large.Length, 1], found.Select(message => message.Payload.Length));
            Assert.True(found[1].Payload.Span.SequenceEqual(large) && found[2].Payload.Span.SequenceEqual(large));
            await exchange.FlushAsync();
            await host.Exchanges.CloseAsync("all");
            exchange = await host.Exchanges.OpenAsync(options);
        }
    }

    [Fact]
    public async Task Topics_of_every_legal_character_come_back_and_can_be_asked_for()
    {
        var options = new ExchangeOptions { Name = "all", TopicFilters = ["#"] };
        await using var host = await ExchangeHost.StartAsync(folder, options);
        var exchange = await host.Exchanges.OpenAsync(options);
        await using var client = await host.ConnectAsync("client");
        // Every character that a topic may have (MQTT 5, 1.5.4 and 4.7.1): all but NUL, the wildcards and the slash here,
        // surrogates, and the control and non-characters that a receiver may refuse; 64 to a topic.
        var characters = Enumerable.Range(0x20, 0xFFFE - 0x20).Concat(Enumerable.Range(0x1F600, 80)).Concat(Enumerable.Range(0x10FF00, 0xFE))
            .Where(code => code is not ('+' or '#' or '/') and not (>= 0x7F and < 0xA0) and not (>= 0xD800 and <= 0xDFFF) and not (>= 0xFDD0 and <= 0xFDEF) && (code & 0xFFFE) != 0xFFFE)
            .Select(char.ConvertFromUtf32);
        var topics = characters.Chunk(64).Select(chunk => $"t/{string.Concat(chunk)}/x").ToList();
        topics.AddRange(["/", "//", "a//b", " ", "t/'; DROP TABLE x; --/x", "$own/topic"]);
        await Task.WhenAll(topics.Select(topic => client.PublishAsync(topic, Encoding.UTF8.GetBytes(topic), QualityOfService.AtLeastOnce).AsTask()));
        // A filter of # does not take topics that begin with a dollar sign.
        topics.Remove("$own/topic");

        for (var pass = 0; pass < 2; pass++)
        {
            Assert.Equal(topics.Order(StringComparer.Ordinal), (await exchange.PayloadsAsync()).Order(StringComparer.Ordinal));
            foreach (var topic in topics.Where((_, i) => i % 50 == 0).Concat(topics.TakeLast(5)))
            {
                var page = await exchange.QueryAsync(new MessageQuery(0, long.MaxValue) { TopicFilter = topic });
                Assert.Equal(topic, Assert.Single(page.Messages).Topic);
            }
            await exchange.FlushAsync();
            await host.Exchanges.CloseAsync("all");
            exchange = await host.Exchanges.OpenAsync(options);
        }
    }

    private static ExchangeOptions Stuck(FullOperation operation) => new()
    {
        Name = "all", TopicFilters = ["plant/#"], Ring = new RingOptions { Capacity = 100, WhenFull = operation },
        Parquet = new ParquetOptions { EncryptionKey = "nowhere" },
    };

    private static Task<ReasonCode> PublishAsync(MqttClient client, string topic, string payload) =>
        client.PublishAsync(topic, Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce).AsTask();

    private static Task UntilAsync(Func<bool> isSo, string what) => UntilAsync(() => Task.FromResult(isSo()), what);

    private static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        for (var clock = Stopwatch.StartNew(); !await isSo(); await Task.Delay(20))
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(2)) Assert.Fail($"Not so within two minutes: {what}");
        }
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
