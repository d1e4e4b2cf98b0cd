using System.Text;
using Microsoft.Playwright;
using Weir.Pravega;

namespace Weir.EndToEnd.Tests;

/// <summary>The main ways through a site whose streams are in Pravega: messages, cameras, pages, a restart.</summary>
[Collection(SharedPravega.Name)]
public sealed class PravegaSiteTests(Browser browser, SharedPravega pravega) : IClassFixture<Browser>
{
    private const int Messages = 1_100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_detections_and_pages_come_over_Pravega_and_stay_over_a_restart()
    {
        var (site, controller, prefix) = await pravega.StartSiteAsync("--no-demo");
        await using var ends = site;
        await site.PutAsync("api/exchanges/plant", new { filters = new[] { "plant/#" }, ringMessages = 400, ringAge = "01:00:00" });
        await site.PutAsync("api/cameras/street", new { url = Parts.Video, loop = true });
        await using (var client = await Clients.ConnectAsync(site.MqttPort, "plant"))
        {
            await Task.WhenAll(Enumerable.Range(0, Messages).Select(i =>
                client.PublishAsync($"plant/{i % 7}", Encoding.UTF8.GetBytes($"{i}"), Mqtt.QualityOfService.AtLeastOnce).AsTask()));
        }

        // From the stream into files and the ring, and out of both.
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/exchanges/plant")).GetProperty("archivedMessages").GetInt64() > 800, Patience, () => site.Output);
        var expected = Enumerable.Range(0, Messages).Select(i => $"{i}").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(expected, (await PayloadsAsync(site)).Order(StringComparer.Ordinal));
        // From the camera over the Orleans provider into the database.
        await Eventually.TrueAsync(async () => (await DetectionsAsync(site)).Count == 10, Patience, () => site.Output);

        // Another Pravega client finds them: a message a payload, several messages an event.
        await using (var other = new PravegaClient(controller))
        {
            var written = await ReadAsync(other, new ScopedStream($"{prefix}exchanges", "plant"));
            Assert.Contains($"plant/{(Messages - 1) % 7}", written, StringComparison.Ordinal);
            Assert.NotEmpty(await other.Controller.ListStreamsAsync($"{prefix}orleans", cancellationToken: Stop).ToListAsync(Stop));
        }

        var detections = await DetectionsAsync(site);
        await site.InterruptAsync();
        await site.StartAgainAsync();
        Assert.Equal(expected, (await PayloadsAsync(site)).Order(StringComparer.Ordinal));
        Assert.Equal(detections, await DetectionsAsync(site));

        var page = await browser.OpenAsync(site, "cameras/street", Screen.Desktop);
        await page.WaitForSelectorAsync(".live[data-frame]");
        page = await browser.OpenAsync(site, "topics?exchange=plant", Screen.Desktop);
        await page.WaitForSelectorAsync("[data-query=plant] [data-key]");
        page = await browser.OpenAsync(site, "system", Screen.Desktop);
        await Assertions.Expect(page.Locator("[data-stream='exchanges/plant']")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[data-stream^='orleans/']").First).ToBeVisibleAsync();
    }

    // The bytes that are in a stream now.
    private static async Task<string> ReadAsync(PravegaClient client, ScopedStream stream)
    {
        var end = (await client.GetSegmentInfoAsync(StreamSegment.Of(stream, 0, 0), Stop))!.Value.Length;
        var text = new StringBuilder();
        await using var reader = await client.OpenReaderAsync(stream, cancellationToken: Stop);
        while (reader.Position.Offsets[0] < end)
        {
            using var events = await reader.ReadAsync(Stop).AsTask().WaitAsync(Patience);
            foreach (var one in events!) text.Append(Encoding.Latin1.GetString(one.Payload.Span));
        }
        return text.ToString();
    }

    private static async Task<List<string>> PayloadsAsync(SiteProcess site)
    {
        var payloads = new List<string>();
        string? after = null;
        do
        {
            var page = await site.GetAsync($"api/exchanges/plant/messages?limit=900{(after is null ? "" : $"&after={after}")}");
            payloads.AddRange(page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("payload").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);
        return payloads;
    }

    // The first of the first frames, which no later one changes.
    private static async Task<List<string>> DetectionsAsync(SiteProcess site) =>
    [
        .. (await site.GetAsync("api/cameras/street/detections?limit=10")).GetProperty("detections").EnumerateArray()
            .Select(detection => $"{detection.GetProperty("time").GetString()} {detection.GetProperty("index").GetInt32()}"),
    ];
}
