using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Weir.Archive;
using Weir.Mqtt;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>
/// A million messages by real MQTT clients through a small ring that overflows again and again; with
/// <c>./test.sh --long</c> a million for each operation.
/// </summary>
public sealed class MillionMessagesTests
{
    private const int Publishers = 4;
    private const int Window = 1_000;

    private static readonly int PerPublisher = Environment.GetEnvironmentVariable("WEIR_TEST_LONG") == "1" ? 250_000 : 62_500;

    [Theory]
    [InlineData(FullOperation.Spill)]
    [InlineData(FullOperation.DropOldest)]
    [InlineData(FullOperation.Reject)]
    [InlineData(FullOperation.Block)]
    public async Task What_was_sent_is_stored_or_a_declared_gap(FullOperation operation)
    {
        var folder = Directory.CreateTempSubdirectory("weir-million-").FullName;
        try
        {
            var options = new ExchangeOptions
            {
                Name = "all",
                Ring = new RingOptions { Capacity = 10_000, WhenFull = operation, DropCount = 2_000, BlockDeadline = TimeSpan.FromMinutes(2) },
            };
            await using var host = await ExchangeHost.StartAsync(folder, options);
            var acknowledged = new ConcurrentDictionary<string, bool>();
            var refused = 0L;
            // mosquitto's own client publishes along; where messages are refused it would give up.
            var mosquitto = operation is FullOperation.Reject ? 0 : 20_000;
            var publishing = Enumerable.Range(0, Publishers).Select(p => PublishAsync(host, p, acknowledged, () => Interlocked.Increment(ref refused))).ToList();
            if (mosquitto > 0) publishing.Add(MosquittoAsync(host.Port, mosquitto));
            await Task.WhenAll(publishing);
            var sent = Publishers * PerPublisher + mosquitto;

            var exchange = await host.Exchanges.OpenAsync(options with { TopicFilters = ["#"] });
            // Where the oldest go, they go until all has come to rest; what is read before is no longer there when gaps are counted.
            if (operation == FullOperation.DropOldest) await exchange.FlushAsync();
            await CheckAsync(exchange, "ring, stream and files");
            Assert.True(exchange.Statistics.Files > 5 || exchange.Missing() > 0, "The ring has hardly overflowed.");
            await exchange.FlushAsync();
            await CheckAsync(exchange, "ring and files");
            await host.Exchanges.CloseAsync("all");
            await CheckAsync(await host.Exchanges.OpenAsync(options with { TopicFilters = ["#"] }), "files");

            async Task CheckAsync(Exchange asked, string where)
            {
                var payloads = await asked.PayloadsAsync();
                Assert.True(sent == payloads.Count + asked.Missing(), $"{where}: {sent} sent, {payloads.Count} stored, {asked.Missing()} in gaps");
                Assert.Equal(payloads.Count, payloads.Distinct().Count());
                foreach (var publisher in payloads.GroupBy(payload => payload.Split('-')[0]))
                {
                    var numbers = publisher.Select(payload => int.Parse(payload.Split('-')[1], CultureInfo.InvariantCulture)).ToList();
                    Assert.Equal(numbers.Order(), numbers);
                }
                if (operation == FullOperation.DropOldest) return;
                // Nothing that was acknowledged is missing, and nothing is there that was refused.
                Assert.Equal(sent - refused, payloads.Count);
                Assert.Equal(acknowledged.Count + mosquitto, payloads.Count);
                Assert.All(payloads, payload => Assert.True(acknowledged.ContainsKey(payload) || payload.StartsWith('m'), payload));
                Assert.Equal(refused, asked.Missing());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PublishAsync(ExchangeHost host, int publisher, ConcurrentDictionary<string, bool> acknowledged, Action onRefused)
    {
        await using var client = await host.ConnectAsync($"publisher-{publisher}");
        var pending = new List<Task>(Window);
        for (var i = 0; i < PerPublisher; i++)
        {
            pending.Add(OneAsync($"p{publisher}-{i}", $"plant/{publisher}/{i % 7}"));
            if (pending.Count < Window) continue;
            await Task.WhenAll(pending);
            pending.Clear();
        }
        await Task.WhenAll(pending);

        async Task OneAsync(string payload, string topic)
        {
            var answer = await client.PublishAsync(topic, Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce);
            if (answer == ReasonCode.QuotaExceeded) onRefused();
            else if (answer < ReasonCode.UnspecifiedError) acknowledged[payload] = true;
            else Assert.Fail($"{payload} was answered with {answer}.");
        }
    }

    private static async Task MosquittoAsync(int port, int messages)
    {
        var start = new ProcessStartInfo(
            "mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{port}", "-q", "1", "-t", "mosquitto/lines", "-l"]) { RedirectStandardInput = true, RedirectStandardError = true };
        using var client = Process.Start(start)!;
        for (var i = 0; i < messages; i++) await client.StandardInput.WriteLineAsync($"m-{i}");
        client.StandardInput.Close();
        var said = await client.StandardError.ReadToEndAsync();
        await client.WaitForExitAsync();
        Assert.True(client.ExitCode == 0, $"mosquitto_pub ended with {client.ExitCode}: {said}");
    }
}
