using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Weir.EndToEnd.Tests;

/// <summary>The HTTP API, as an integrator meets it.</summary>
public sealed class ApiTests
{
    [Fact]
    public async Task Messages_come_from_ring_and_parquet_together_in_key_order_page_by_page()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/plant", new { filters = new[] { "plant/#" }, ringMessages = 400, ringAge = "01:00:00" });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "plant");
        await PublishAsync(client, 0, 1_000);
        // A file is due at half a ring, so once that many or fewer are left the archiver rests.
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/exchanges/plant")).GetProperty("archivedMessages").GetInt64() > 800,
            TimeSpan.FromSeconds(30), () => site.Output);
        // With a ring that they do not half fill, what comes now stays out of files, however fast the machine is.
        await site.PutAsync("api/exchanges/plant", new { filters = new[] { "plant/#" }, ringMessages = 10_000, ringAge = "01:00:00" });
        await PublishAsync(client, 1_000, 1_100);

        var status = await site.GetAsync("api/exchanges/plant");
        Assert.InRange(status.GetProperty("archivedMessages").GetInt64(), 801, 1_000);
        Assert.True(status.GetProperty("ringMessages").GetInt64() < 1_100, "The ring has let go of nothing: files alone would not be asked.");

        var payloads = new List<string>();
        var keys = new List<string>();
        string? after = null;
        do
        {
            var page = await site.GetAsync($"api/exchanges/plant/messages?limit=130{(after is null ? "" : $"&after={after}")}");
            payloads.AddRange(page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("payload").GetString()!));
            keys.AddRange(page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("key").GetString()!));
            after = page.GetProperty("next").GetString();
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(0, 1_100).Select(i => $"{i}"), payloads);
        Assert.Equal(1_100, keys.Distinct().Count());
    }

    [Fact]
    public async Task A_range_of_time_and_a_topic_narrow_the_answer()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "hall");
        await client.PublishAsync("hall/door", "1"u8.ToArray(), Mqtt.QualityOfService.AtLeastOnce);
        await client.PublishAsync("hall/window", new byte[] { 0xFF, 0x00 }, Mqtt.QualityOfService.AtLeastOnce);
        await client.PublishAsync("hall/door", "3"u8.ToArray(), Mqtt.QualityOfService.AtLeastOnce);
        var all = await MessagesAsync(site, "");
        var second = all[1].GetProperty("key").GetString()!.Split('-')[0];

        Assert.Equal(["1"], (await MessagesAsync(site, $"?to={second}")).Select(Payload));
        Assert.Equal([null, "3"], (await MessagesAsync(site, $"?from={second}")).Select(Payload));
        Assert.Equal(["1", "3"], (await MessagesAsync(site, "?topic=hall/door")).Select(Payload));
        Assert.Empty(await MessagesAsync(site, "?from=2100-01-01T00:00:00Z"));
        Assert.Equal(Convert.ToBase64String([0xFF, 0x00]), all[1].GetProperty("payloadBase64").GetString());
    }

    [Fact]
    public async Task Settings_change_while_an_exchange_runs_and_retention_is_tried_before_it_lets_anything_go()
    {
        var keys = new Dictionary<string, string> { ["WEIR_KEY_PLANT_2026"] = Convert.ToHexString(new byte[32]) };
        await using var site = await SiteProcess.StartWithAsync(keys, null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" }, encryptionKey = "plant-2026", compression = "Brotli" });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "hall");
        for (var file = 0; file < 3; file++)
        {
            await client.PublishAsync("hall/door", Encoding.UTF8.GetBytes($"{file}"), Mqtt.QualityOfService.AtLeastOnce);
            (await site.Http.PostAsync("api/exchanges/hall/flush", null)).EnsureSuccessStatusCode();
        }
        Assert.Equal(3, Directory.GetFiles(Path.Combine(site.Folder, "archive", "hall"), "*_plant-2026.parquet", SearchOption.AllDirectories).Length);
        var settings = await site.GetAsync("api/exchanges/hall/settings");
        Assert.Equal(("Brotli", "Spill"), (settings.GetProperty("compression").GetString(), settings.GetProperty("whenFull").GetString()));

        Assert.Equal(0, (await PreviewAsync(null)).GetProperty("files").GetArrayLength());
        var preview = await PreviewAsync(new { filters = new[] { "hall/#" }, archiveFiles = 1 });
        Assert.Equal((2, 1), (preview.GetProperty("files").GetArrayLength(), preview.GetProperty("keptFiles").GetInt32()));
        Assert.Equal("The archive keeps 1 files.", preview.GetProperty("files")[0].GetProperty("why").GetString());
        Assert.Equal(0, (await site.GetAsync("api/exchanges/hall/gaps")).GetArrayLength());

        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" }, archiveFiles = 1, whenFull = "Block", blockDeadline = "00:00:01" });
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/exchanges/hall")).GetProperty("files").GetInt32() == 1, TimeSpan.FromMinutes(2), () => site.Output);
        var gap = (await site.GetAsync("api/exchanges/hall/gaps"))[0];
        Assert.Equal(("Retention", 2), (gap.GetProperty("cause").GetString(), gap.GetProperty("messages").GetInt32()));

        await RefusedAsync(
            await site.Http.PutAsJsonAsync("api/exchanges/hall", new { filters = new[] { "hall/#" }, encryptionKey = "lost" }), HttpStatusCode.BadRequest, "WEIR_KEY_LOST");
        await RefusedAsync(
            await site.Http.PostAsJsonAsync("api/exchanges/hall/retention/preview", new { filters = new[] { "hall/#" }, archiveFiles = 0 }), HttpStatusCode.BadRequest, "retention.max-files");
        await RefusedAsync(await site.Http.GetAsync("api/exchanges/hall/messages?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), HttpStatusCode.BadRequest, "to must not be before from");
        await RefusedAsync(await site.Http.GetAsync("api/exchanges/hall/messages?limit=10000000"), HttpStatusCode.BadRequest, "limit must be between 1 and 100,000");
        Assert.Equal("Block", (await site.GetAsync("api/exchanges/hall/settings")).GetProperty("whenFull").GetString());

        async Task<JsonElement> PreviewAsync(object? asked)
        {
            using var answer = asked is null
                ? await site.Http.PostAsync("api/exchanges/hall/retention/preview", null)
                : await site.Http.PostAsJsonAsync("api/exchanges/hall/retention/preview", asked);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    [Fact]
    public async Task Detections_come_from_the_database_page_by_page_and_survive_a_restart()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/cameras/street", new { url = Parts.Video, loop = true });
        await Eventually.TrueAsync(
            async () => (await DetectionsAsync(site, "?limit=20")).Count == 20, TimeSpan.FromSeconds(60), () => site.Output);
        var first = await DetectionsAsync(site, "?limit=20");

        await site.InterruptAsync();
        await site.StartAgainAsync();

        var page = await site.GetAsync("api/cameras/street/detections?limit=8");
        var again = page.GetProperty("detections").EnumerateArray().ToList();
        var next = page.GetProperty("next").GetString();
        again.AddRange((await DetectionsAsync(site, $"?limit=12&after={next}")));
        Assert.Equal(first.Select(Identity), again.Select(Identity));
        Assert.All(again, detection => Assert.InRange(detection.GetProperty("score").GetDouble(), 0.3, 1));
    }

    [Fact]
    public async Task Mistakes_are_answered_with_a_sentence()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");

        await RefusedAsync(await site.Http.PutAsJsonAsync("api/exchanges/bad", new { filters = new[] { "a/#/b" } }), HttpStatusCode.BadRequest, "a/#/b");
        await RefusedAsync(await site.Http.PutAsJsonAsync("api/exchanges/bad", new { filters = new[] { "a" }, ringMessages = 0 }), HttpStatusCode.BadRequest, "ring");
        await RefusedAsync(await site.Http.PutAsJsonAsync("api/exchanges/no%20name", new { filters = new[] { "a" } }), HttpStatusCode.BadRequest, "exchange name");
        await RefusedAsync(await site.Http.PutAsJsonAsync("api/cameras/bad", new { url = "gopher://x" }), HttpStatusCode.BadRequest, "gopher");
        await RefusedAsync(await site.Http.GetAsync("api/exchanges/none/messages"), HttpStatusCode.NotFound, "none");
        await RefusedAsync(await site.Http.GetAsync("api/cameras/none"), HttpStatusCode.NotFound, "none");
        Assert.Equal(0, (await site.GetAsync("api/exchanges")).GetArrayLength());
        Assert.Equal(0, (await site.GetAsync("api/cameras")).GetArrayLength());
    }

    [Fact]
    public async Task The_api_describes_itself_and_answers_only_to_its_own_host_names()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");

        var paths = (await site.GetAsync("openapi/v1.json")).GetProperty("paths");
        Assert.True(paths.TryGetProperty("/api/exchanges/{name}/messages", out _));
        Assert.True(paths.TryGetProperty("/api/cameras/{id}/detections", out _));

        using var request = new HttpRequestMessage(HttpMethod.Get, "api/site");
        request.Headers.Host = "evil.example";
        using var answer = await site.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static async Task PublishAsync(Mqtt.MqttClient client, int from, int to)
    {
        for (var i = from; i < to; i++)
            await client.PublishAsync($"plant/{i % 7}", Encoding.UTF8.GetBytes($"{i}"), Mqtt.QualityOfService.AtLeastOnce);
    }

    private static async Task<List<JsonElement>> MessagesAsync(SiteProcess site, string query) =>
        [.. (await site.GetAsync($"api/exchanges/hall/messages{query}")).GetProperty("messages").EnumerateArray()];

    private static async Task<List<JsonElement>> DetectionsAsync(SiteProcess site, string query) =>
        [.. (await site.GetAsync($"api/cameras/street/detections{query}")).GetProperty("detections").EnumerateArray()];

    private static string? Payload(JsonElement message) => message.GetProperty("payload").GetString();

    private static (string, int) Identity(JsonElement detection) =>
        (detection.GetProperty("time").GetString()!, detection.GetProperty("index").GetInt32());

    private static async Task RefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string says)
    {
        Assert.Equal(status, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
    }
}
