using System.Collections.Concurrent;
using System.Text;
using Weir.Mqtt;

namespace Weir.EndToEnd.Tests;

/// <summary>What was acknowledged is there after a crash, once, whatever keeps the streams.</summary>
public abstract class CrashTests
{
    private const int Messages = 10_000;
    private const int Publishers = 4;

    [Fact]
    public async Task Every_acknowledged_message_is_answered_once_after_kill_9_amid_ten_thousand()
    {
        await using var site = await StartAsync("--no-demo");
        // A small ring, so that the crash also falls among files being written.
        await site.PutAsync("api/exchanges/crash", new { filters = new[] { "crash/#" }, ringMessages = 1_500, ringAge = "00:00:02" });

        var acknowledged = new ConcurrentDictionary<string, bool>();
        var publishing = Enumerable.Range(0, Publishers).Select(p => PublishAsync(site.MqttPort, p, acknowledged)).ToList();
        await Eventually.TrueAsync(
            () => acknowledged.Count > Messages / 3, TimeSpan.FromSeconds(60), () => $"Only {acknowledged.Count} were acknowledged.\n{site.Output}");
        await site.KillAsync();
        await Task.WhenAll(publishing);
        Assert.InRange(acknowledged.Count, Messages / 3, Messages - 1);

        await site.StartAgainAsync();
        var answered = await ReadAllAsync(site);

        var lost = acknowledged.Keys.Except(answered).ToList();
        Assert.True(lost.Count == 0, $"{lost.Count} of {acknowledged.Count} acknowledged messages are gone, such as {lost.FirstOrDefault()}.");
        var twice = answered.GroupBy(payload => payload).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
        Assert.True(twice.Count == 0, $"{twice.Count} messages are there twice, such as {twice.FirstOrDefault()}.");
    }

    /// <summary>Starts a site with its streams where this is about.</summary>
    private protected abstract Task<SiteProcess> StartAsync(string argument);

    private static async Task PublishAsync(int port, int publisher, ConcurrentDictionary<string, bool> acknowledged)
    {
        await using var client = await Clients.ConnectAsync(port, $"crash-{publisher}");
        var pending = new List<Task>();
        for (var i = 0; i < Messages / Publishers; i++)
        {
            var payload = $"{publisher}-{i}";
            pending.Add(OneAsync(client, payload, acknowledged));
            // A few in flight and a pause after them: the crash is to fall amid the messages, not after all have gone out.
            if (pending.Count < 20) continue;
            await Task.WhenAll(pending);
            pending.Clear();
            await Task.Delay(25);
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

    private static async Task<List<string>> ReadAllAsync(SiteProcess site)
    {
        var answered = new List<string>();
        string? after = null;
        do
        {
            var page = await site.GetAsync($"api/exchanges/crash/messages?limit=900{(after is null ? "" : $"&after={after}")}");
            answered.AddRange(page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("payload").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        return answered;
    }

    /// <summary>In the data folder.</summary>
    public sealed class Embedded : CrashTests
    {
        private protected override Task<SiteProcess> StartAsync(string argument) => SiteProcess.StartAsync(null, argument);
    }

    /// <summary>In Pravega.</summary>
    [Collection(SharedPravega.Name)]
    public sealed class OnPravega(SharedPravega pravega) : CrashTests
    {
        private protected override async Task<SiteProcess> StartAsync(string argument) => (await pravega.StartSiteAsync(argument)).Site;
    }
}
