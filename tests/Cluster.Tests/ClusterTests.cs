using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Weir.EndToEnd.Tests;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Mqtt;

namespace Weir.Cluster.Tests;

/// <summary>What a site of several silos promises.</summary>
[Collection(nameof(OneCluster))]
public sealed class ClusterTests(ClusterSite site)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Two_silos_that_start_at_once_form_one_cluster()
    {
        var hosts = await site.Management.GetHosts(onlyActive: true);

        Assert.Equal(
            new[] { site.First.SiloPort, site.Second.SiloPort }.Order(),
            hosts.Keys.Select(silo => silo.Endpoint.Port).Order());
    }

    [Fact]
    public async Task A_grain_lives_once_however_many_call_it_first_from_both_silos()
    {
        const int exchanges = 20;
        SiteProcess[] entries = [site.First.Process, site.Second.Process, site.Dashboard];

        await Task.WhenAll(Enumerable.Range(0, 3 * exchanges).Select(async i =>
        {
            using var answer = await entries[i % 3].Http.GetAsync($"api/exchanges/once-{i / 3}");
            Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        }));

        var statistics = await site.Management.GetDetailedGrainStatistics();
        var activations = statistics.Where(one => one.GrainId.Key.ToString()!.StartsWith("once-", StringComparison.Ordinal)).ToList();
        Assert.Equal(exchanges, activations.Count);
        Assert.Equal(exchanges, activations.Select(one => one.GrainId).Distinct().Count());
    }

    [Fact]
    public async Task Messages_of_either_broker_are_kept_by_the_one_exchange_in_order_and_once()
    {
        const int messages = 500;
        await site.Dashboard.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });

        await Task.WhenAll(new[] { site.First, site.Second }.Select(async (silo, i) =>
        {
            await using var client = await Clients.ConnectAsync(silo.Process.MqttPort, $"hall-{i}");
            var pending = new List<Task>();
            for (var n = 0; n < messages; n++)
                pending.Add(client.PublishAsync($"hall/{i}", Encoding.UTF8.GetBytes($"{n}")).AsTask());
            await Task.WhenAll(pending);
        }));

        foreach (var asked in new[] { site.First.Process, site.Second.Process, site.Dashboard })
        {
            var kept = await ReadAllAsync(asked, "hall");
            for (var i = 0; i < 2; i++)
            {
                Assert.Equal(
                    Enumerable.Range(0, messages).Select(n => $"{n}"),
                    kept.Where(message => message.Topic == $"hall/{i}").Select(message => message.Payload));
            }
        }
    }

    [Fact]
    public async Task A_subscriber_at_one_broker_gets_what_is_published_at_the_other()
    {
        const int messages = 300;
        await using var subscriber = await Clients.ConnectAsync(site.First.Process.MqttPort, "over-subscriber");
        await using var publisher = await Clients.ConnectAsync(site.Second.Process.MqttPort, "over-publisher");
        var received = await SubscribeAsync(subscriber, "over/#");

        await Task.WhenAll(Enumerable.Range(0, messages).Select(n =>
            publisher.PublishAsync("over/it", Encoding.UTF8.GetBytes($"{n}")).AsTask()));

        using var patience = new CancellationTokenSource(Patience);
        for (var n = 0; n < messages; n++)
            Assert.Equal($"{n}", await received.ReadAsync(patience.Token));
    }

    [Fact]
    public async Task A_message_that_one_broker_retains_the_other_retains_too()
    {
        await using (var publisher = await Clients.ConnectAsync(site.First.Process.MqttPort, "retain-publisher"))
            await publisher.PublishAsync("kept/door", "shut"u8.ToArray(), QualityOfService.AtLeastOnce, retain: true);
        await using var subscriber = await Clients.ConnectAsync(site.Second.Process.MqttPort, "retain-subscriber");

        // The subscription may be there before the message is; either way it comes.
        var received = await SubscribeAsync(subscriber, "kept/door");

        using var patience = new CancellationTokenSource(Patience);
        Assert.Equal("shut", await received.ReadAsync(patience.Token));
    }

    [Fact]
    public async Task What_the_site_tells_is_of_both_silos()
    {
        await using var first = await Clients.ConnectAsync(site.First.Process.MqttPort, "tell-1");
        await using var second = await Clients.ConnectAsync(site.Second.Process.MqttPort, "tell-2");
        await first.PublishAsync("tell/first", "1"u8.ToArray());
        await second.PublishAsync("tell/second", "2"u8.ToArray());

        await Eventually.TrueAsync(
            async () =>
            {
                var topics = (await site.AskAsync(site.Dashboard, "api/topics?limit=10000")).GetProperty("topics").EnumerateArray()
                    .Select(topic => topic.GetProperty("topic").GetString()).ToList();
                var overview = await site.AskAsync(site.Dashboard, "api/site");
                return topics.Contains("tell/first") && topics.Contains("tell/second")
                    && overview.GetProperty("broker").GetProperty("connections").GetInt32() >= 2;
            },
            Patience, () => $"The two brokers are not told of.\n{site.Output}");

        var silos = (await site.AskAsync(site.Dashboard, "api/system")).GetProperty("silos").EnumerateArray()
            .Select(silo => silo.GetProperty("processId").GetInt32());
        Assert.Equal(new[] { site.First.Process.ProcessId, site.Second.Process.ProcessId }.Order(), silos.Order());
    }

    [Fact]
    public async Task After_kill_9_of_a_silo_nothing_acknowledged_is_lost_and_the_other_serves_on()
    {
        const int perPublisher = 1_500;
        await site.Dashboard.PutAsync("api/exchanges/crash", new { filters = new[] { "crash/#" }, ringMessages = 1_000, ringAge = "00:00:02" });
        var exchange = site.Grains.GetGrain<IExchangeGrain>("crash");
        var (victim, survivor) = await site.FindAsync(exchange);
        var acknowledged = new ConcurrentDictionary<string, bool>();
        var survivors = new ConcurrentDictionary<string, bool>();

        var dying = PublishAsync(victim, "v", perPublisher, acknowledged);
        var living = PublishAsync(survivor, "s", perPublisher, survivors);
        await Eventually.TrueAsync(
            () => acknowledged.Count > perPublisher / 4 && survivors.Count > perPublisher / 4, Patience,
            () => $"Only {acknowledged.Count} and {survivors.Count} were acknowledged.\n{site.Output}");
        await victim.Process.KillAsync();
        await Task.WhenAll(dying, living);
        try
        {
            // The broker of the survivor has taken everything that its clients had, through the death of the exchange's silo.
            Assert.Equal(perPublisher, survivors.Count);
            await using (var client = await Clients.ConnectAsync(survivor.Process.MqttPort, "after"))
                Assert.Equal(ReasonCode.Success, await client.PublishAsync("crash/after", "after"u8.ToArray(), QualityOfService.AtLeastOnce));

            var kept = (await ReadAllAsync(survivor.Process, "crash")).Select(message => message.Payload).ToHashSet();
            var lost = acknowledged.Keys.Concat(survivors.Keys).Append("after").Where(payload => !kept.Contains(payload)).ToList();
            Assert.True(lost.Count == 0, $"{lost.Count} of {acknowledged.Count + survivors.Count} acknowledged messages are gone, such as {lost.FirstOrDefault()}.\n{site.Output}");

            // Its grains answer from the other, each once.
            var all = await site.Management.GetDetailedGrainStatistics();
            Assert.All(all, one => Assert.Equal(survivor.SiloPort, one.SiloAddress.Endpoint.Port));
            Assert.NotEmpty((await site.AskAsync(site.Dashboard, "api/site")).GetProperty("exchanges").EnumerateArray());
        }
        finally
        {
            await site.StartAgainAsync(victim);
        }
    }

    private static async Task<ChannelReader<string>> SubscribeAsync(MqttClient client, string filter)
    {
        var received = Channel.CreateUnbounded<string>();
        await client.SubscribeAsync(
            filter, QualityOfService.AtLeastOnce,
            (message, stop) => received.Writer.WriteAsync(Encoding.UTF8.GetString(message.Payload.Span), stop));
        return received.Reader;
    }

    private static async Task PublishAsync(Silo silo, string publisher, int count, ConcurrentDictionary<string, bool> acknowledged)
    {
        await using var client = await Clients.ConnectAsync(silo.Process.MqttPort, $"crash-{publisher}");
        var pending = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            pending.Add(OneAsync(client, $"{publisher}-{i}", acknowledged));
            // A few in flight and a pause after them: the crash is to fall amid the messages, not after all have gone out.
            if (pending.Count < 20) continue;
            await Task.WhenAll(pending);
            pending.Clear();
            await Task.Delay(10);
        }
        await Task.WhenAll(pending);
    }

    private static async Task OneAsync(MqttClient client, string payload, ConcurrentDictionary<string, bool> acknowledged)
    {
        try
        {
            var answer = await client.PublishAsync($"crash/{payload}", Encoding.UTF8.GetBytes(payload), QualityOfService.AtLeastOnce);
            if (answer < ReasonCode.UnspecifiedError) acknowledged[payload] = true;
        }
        catch (Exception e) when (e is IOException or MqttException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Not acknowledged: nothing was promised.
        }
    }

    private async Task<List<(string Topic, string Payload)>> ReadAllAsync(SiteProcess asked, string exchange)
    {
        var kept = new List<(string, string)>();
        string? after = null;
        do
        {
            var page = await site.AskAsync(asked, $"api/exchanges/{exchange}/messages?limit=900{(after is null ? "" : $"&after={after}")}");
            kept.AddRange(page.GetProperty("messages").EnumerateArray().Select(message =>
                (message.GetProperty("topic").GetString()!, message.GetProperty("payload").GetString()!)));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        return kept;
    }
}
