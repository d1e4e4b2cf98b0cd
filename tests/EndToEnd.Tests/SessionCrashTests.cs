using System.Collections.Concurrent;
using System.Text;
using Weir.Mqtt;

namespace Weir.EndToEnd.Tests;

/// <summary>QoS 1 and 2 flow in both directions when the site is killed: what was promised is kept.</summary>
[Collection(SharedPravega.Name)]
public sealed class SessionCrashTests(SharedPravega pravega)
{
    private const int Messages = 6_000;
    private const int Publishers = 3;

    [Theory]
    [InlineData(QualityOfService.AtLeastOnce, false)]
    [InlineData(QualityOfService.ExactlyOnce, false)]
    [InlineData(QualityOfService.ExactlyOnce, true)]
    public async Task Every_acknowledged_message_reaches_the_lasting_subscriber_over_kill_9(QualityOfService qos, bool onPravega)
    {
        await using var site = onPravega
            ? (await pravega.StartSiteAsync("--no-demo")).Site
            : await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/flow", new { filters = new[] { "flow/#" } });
        var received = new ConcurrentDictionary<string, int>();
        await using var subscriber = await ConnectAsync(site.MqttPort, "subscriber");
        await subscriber.SubscribeAsync("flow/#", qos, (message, _) =>
        {
            received.AddOrUpdate(Encoding.UTF8.GetString(message.Payload.Span), 1, (_, times) => times + 1);
            return default;
        }, TestContext.Current.CancellationToken);
        // A second one is away all the time: what it gets has waited on disk.
        await using (var away = await ConnectAsync(site.MqttPort, "away"))
        {
            await away.SubscribeAsync("flow/#", qos, (_, _) => default, TestContext.Current.CancellationToken);
            await away.DisconnectAsync();
        }

        var acknowledged = new ConcurrentDictionary<string, bool>();
        var publishing = Enumerable.Range(0, Publishers).Select(p => PublishAsync(site.MqttPort, p, qos, acknowledged)).ToList();
        foreach (var share in (double[])[0.25, 0.6])
        {
            await Eventually.TrueAsync(() => acknowledged.Count > Messages * share, TimeSpan.FromSeconds(120), () => $"{acknowledged.Count} are acknowledged.\n{site.Output}");
            await site.KillAsync();
            await site.StartAgainAsync();
        }
        await Task.WhenAll(publishing);
        Assert.Equal(Messages, acknowledged.Count);

        await Eventually.TrueAsync(() => acknowledged.Keys.All(received.ContainsKey), TimeSpan.FromSeconds(60), () => $"{acknowledged.Keys.Count(k => !received.ContainsKey(k))} of {acknowledged.Count} acknowledged messages have not come.\n{site.Output}");
        var waited = new ConcurrentDictionary<string, int>();
        await using var back = new MqttClient(Options(site.MqttPort, "away"));
        back.Expect("flow/#", qos, (message, _) =>
        {
            waited.AddOrUpdate(Encoding.UTF8.GetString(message.Payload.Span), 1, (_, times) => times + 1);
            return default;
        });
        await back.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.True(back.SessionPresent);
        await Eventually.TrueAsync(() => acknowledged.Keys.All(waited.ContainsKey), TimeSpan.FromSeconds(60), () => $"{acknowledged.Keys.Count(k => !waited.ContainsKey(k))} that waited have not come.\n{site.Output}");

        if (qos != QualityOfService.ExactlyOnce) return;
        foreach (var (who, counts) in (IEnumerable<(string, ConcurrentDictionary<string, int>)>)[("connected", received), ("away", waited)])
        {
            var twice = counts.Where(c => c.Value > 1).Select(c => c.Key).ToList();
            Assert.True(twice.Count == 0, $"{twice.Count} messages came twice to the subscriber that was {who}, such as {twice.FirstOrDefault()}.");
        }
        var kept = await ReadAllAsync(site);
        Assert.Equal(Messages, kept.Distinct().Count());
        var keptTwice = kept.GroupBy(payload => payload).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
        Assert.True(keptTwice.Count == 0, $"The exchange has {keptTwice.Count} messages twice, such as {keptTwice.FirstOrDefault()}.");
    }

    private static async Task<List<string>> ReadAllAsync(SiteProcess site)
    {
        var all = new List<string>();
        string? after = null;
        do
        {
            var page = await site.GetAsync($"api/exchanges/flow/messages?limit=1000{(after is null ? "" : $"&after={after}")}");
            all.AddRange(page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("payload").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        return all;
    }

    private static async Task PublishAsync(int port, int publisher, QualityOfService qos, ConcurrentDictionary<string, bool> acknowledged)
    {
        await using var client = await ConnectAsync(port, $"publisher-{publisher}");
        var pending = new List<Task>();
        for (var i = 0; i < Messages / Publishers; i++)
        {
            var payload = $"{publisher}-{i}";
            pending.Add(OneAsync(payload));
            if (pending.Count < 20) continue;
            await Task.WhenAll(pending);
            pending.Clear();
            await Task.Delay(5);
        }
        await Task.WhenAll(pending);

        async Task OneAsync(string payload)
        {
            var answer = await client.PublishAsync($"flow/{publisher}", Encoding.UTF8.GetBytes(payload), qos);
            // A PUBREL that is sent again finds its packet done where the crash fell between that and PUBCOMP: "not an error
            // during recovery" (MQTT 5, 3.7.2.1).
            Assert.True(answer is < ReasonCode.UnspecifiedError or ReasonCode.PacketIdentifierNotFound, $"The broker answers {answer}.");
            acknowledged[payload] = true;
        }
    }

    private static async Task<MqttClient> ConnectAsync(int port, string id)
    {
        var client = new MqttClient(Options(port, id));
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        return client;
    }

    private static MqttClientOptions Options(int port, string id) => new()
    {
        Host = "127.0.0.1", Port = port, ClientId = id, CleanStart = false, SessionExpiry = TimeSpan.FromHours(1),
        Reconnect = new MqttReconnect(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(500)),
    };
}
