using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Weir.EndToEnd.Tests;

/// <summary>What an exchange keeps, over HTTP: in all forms, with a schema, by SQL, and published again.</summary>
public sealed class HistoryTests
{
    [Fact]
    public async Task A_range_comes_as_json_ndjson_csv_and_parquet()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" }, schema = new { } });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "hall");
        for (var n = 0; n < 30; n++) await client.PublishAsync("hall/a", Encoding.UTF8.GetBytes($$"""{"n":{{n}},"note":"a, \"b\""}"""));
        await FlushAsync(site);
        await client.PublishAsync("hall/b", new byte[] { 0xFF, 0x00 });
        await client.PublishAsync("hall/a", """{"n":30,"note":"late"}"""u8.ToArray());

        var page = await site.GetAsync("api/exchanges/hall/messages?order=desc&limit=3");
        Assert.Equal([30, null, 29], page.GetProperty("messages").EnumerateArray().Select(Number));
        Assert.Equal(["n", "note"], page.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()));
        var next = await site.GetAsync($"api/exchanges/hall/messages?order=desc&limit=2&after={page.GetProperty("next").GetString()}");
        Assert.Equal([28, 27], next.GetProperty("messages").EnumerateArray().Select(Number));
        var keys = next.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("key").GetString()!).ToList();
        var between = await site.GetAsync($"api/exchanges/hall/messages?firstKey={keys[1]}&lastKey={keys[0]}");
        Assert.Equal([27, 28], between.GetProperty("messages").EnumerateArray().Select(Number));

        var lines = (await site.Http.GetStringAsync("api/exchanges/hall/messages?format=ndjson", Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(32, lines.Length);
        Assert.Equal("/wA=", JsonDocument.Parse(lines[30]).RootElement.GetProperty("payloadBase64").GetString());
        Assert.Equal(7, (await site.Http.GetStringAsync("api/exchanges/hall/messages?format=ndjson&limit=7", Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        using var asked = new HttpRequestMessage(HttpMethod.Get, "api/exchanges/hall/messages?topic=hall/a&limit=2");
        asked.Headers.Add("Accept", "text/csv");
        using var answer = await site.Http.SendAsync(asked, Stop);
        var csv = (await answer.Content.ReadAsStringAsync(Stop)).Split("\r\n");
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("key,time,topic,qos,retain,payload,payloadBase64,n,note,gap", csv[0]);
        Assert.EndsWith(",hall/a,1,false,\"{\"\"n\"\":0,\"\"note\"\":\"\"a, \\\"\"b\\\"\"\"\"}\",,0,\"a, \"\"b\"\"\",", csv[1], StringComparison.Ordinal);

        var parquet = await site.Http.GetByteArrayAsync("api/exchanges/hall/messages?format=parquet", Stop);
        Assert.Equal("PAR1", Encoding.ASCII.GetString(parquet, 0, 4));
        Assert.Equal("PAR1", Encoding.ASCII.GetString(parquet, parquet.Length - 4, 4));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(site.Folder, "exports")));
    }

    [Fact]
    public async Task A_wrong_question_is_answered_with_a_sentence()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        (string Question, string Sentence)[] all =
        [
            ("from=2026-01-02&to=2026-01-01", "query: to must not be before from"),
            ("after=nonsense", "after must be the 'next' of the page before, such as 1732310000000000-17, but is 'nonsense'."),
            ("format=xml", "format must be json, ndjson, csv or parquet, but is 'xml'."),
            ("order=up", "order must be asc or desc, but is 'up'."),
            ("limit=0", "query: limit must be between 1 and 100,000, but is 0."),
            ("limit=0&format=csv", "limit must be at least 1, but is 0."),
            ("limit=100001", "query: limit must be between 1 and 100,000, but is 100,001."),
            ("firstKey=5-5&lastKey=5-4", "query: last-key must not be before first-key (5-5), but is 5-4."),
            ("lastKey=x", "lastKey must be a message's key, such as 1732310000000000-17, but is 'x'."),
            ("topic=a%23&format=ndjson", "In a topic filter '#' must be a whole level and the last, but is not in 'a#'."),
            ("from=2026-01-02&to=2026-01-01&format=parquet", "query: to must not be before from"),
            ("limit=5&format=parquet", "limit is not for the format parquet: name a range of time or keys."),
        ];
        foreach (var (question, sentence) in all)
        {
            using var answer = await site.Http.GetAsync($"api/exchanges/hall/messages?{question}", Stop);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.StartsWith(sentence, (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_schema_is_tried_used_and_asked_by_sql()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/plant", new { filters = new[] { "plant/#" } });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "plant");
        for (var n = 0; n < 40; n++) await client.PublishAsync($"plant/{n % 2}", Encoding.UTF8.GetBytes($$"""{"speed":{{n}}.5,"on":true}"""));

        using var tried = await site.Http.PostAsync("api/exchanges/plant/schema/try", null, Stop);
        var trial = await tried.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal((40, 40), (trial.GetProperty("messages").GetInt32(), trial.GetProperty("fits").GetInt32()));
        Assert.Equal(JsonValueKind.Null, (await site.GetAsync("api/exchanges/plant")).GetProperty("schema").ValueKind);

        await site.PutAsync("api/exchanges/plant", new { filters = new[] { "plant/#" }, schema = trial.GetProperty("schema") });
        await FlushAsync(site, "plant");
        var schema = await site.GetAsync("api/exchanges/plant/schema");
        Assert.Equal((40, 0, 40), (schema.GetProperty("messages").GetInt32(), schema.GetProperty("misfits").GetInt32(), schema.GetProperty("rebuilt").GetInt32()));
        Assert.Equal("""{"speed":0.5,"on":true}""", (await site.GetAsync("api/exchanges/plant/messages?limit=1")).GetProperty("messages")[0].GetProperty("payload").GetString());

        using var asked = await site.Http.PostAsJsonAsync("api/exchanges/plant/sql", new { sql = "SELECT topic, sum(speed) AS total, bool_and(\"on\") AS all_on FROM messages GROUP BY topic ORDER BY topic" }, Stop);
        var answer = await asked.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal(["plant/0", "plant/1"], answer.GetProperty("rows").EnumerateArray().Select(row => row[0].GetString()));
        Assert.Equal([390m, 410m], answer.GetProperty("rows").EnumerateArray().Select(row => row[1].GetDecimal()));
        Assert.All(answer.GetProperty("rows").EnumerateArray(), row => Assert.True(row[2].GetBoolean()));

        using var wrong = await site.Http.PostAsJsonAsync("api/exchanges/plant/sql", new { sql = "COPY messages TO '/tmp/x'" }, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var slow = await site.Http.PostAsJsonAsync(
            "api/exchanges/plant/sql", new { sql = "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE (a.range * b.range + c.range) % 7 = 3", seconds = 1 }, Stop);
        Assert.Equal(HttpStatusCode.GatewayTimeout, slow.StatusCode);
        using var bad = await site.Http.PutAsJsonAsync("api/exchanges/plant", new { filters = new[] { "plant/#" }, schema = new { format = "Json", fields = new[] { new { name = "topic" } } } }, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task A_range_is_published_again_with_progress_and_can_be_cancelled()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "hall");
        for (var n = 0; n < 50; n++) await client.PublishAsync("hall/a", Encoding.UTF8.GetBytes($"{n}"));

        await using var listener = Mosquitto.Listen(site.MqttPort, "again/#");
        await SubscribedAsync(site, "again/#");
        using var started = await site.Http.PostAsJsonAsync("api/replays/hall", new { prefix = "again", speed = 0 }, Stop);
        var id = (await started.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString();
        await Eventually.TrueAsync(() => listener.Messages.Count == 50, TimeSpan.FromMinutes(2), () => $"{listener.Messages.Count} of 50 came. {site.Output}");
        Assert.Equal(Enumerable.Range(0, 50).Select(n => $"{n}"), listener.Texts("again/hall/a"));
        await Eventually.TrueAsync(async () => (await ReplayAsync(site, id)).GetProperty("state").GetString() == "Done", TimeSpan.FromMinutes(2), () => site.Output);
        Assert.Equal(50, (await ReplayAsync(site, id)).GetProperty("published").GetInt64());

        // At one message a second it has most of a minute to go.
        await client.PublishAsync("hall/a", "x"u8.ToArray());
        using var slow = await site.Http.PostAsJsonAsync("api/replays/hall", new { prefix = "slow", perSecond = 1 }, Stop);
        id = (await slow.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString();
        using var cancelled = await site.Http.DeleteAsync($"api/replays/{id}", Stop);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        Assert.Equal("Cancelled", (await ReplayAsync(site, id)).GetProperty("state").GetString());

        foreach (var body in new object[] { new { prefix = "" }, new { prefix = "a/#" }, new { speed = -1 }, new { from = "2026-01-02", to = "2026-01-01" }, new { perSecond = 0 } })
        {
            using var refused = await site.Http.PostAsJsonAsync("api/replays/hall", body, Stop);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        using var unknown = await site.Http.PostAsJsonAsync("api/replays/nowhere", new { }, Stop);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    internal static CancellationToken Stop => TestContext.Current.CancellationToken;

    internal static async Task FlushAsync(SiteProcess site, string exchange = "hall")
    {
        using var flushed = await site.Http.PostAsync($"api/exchanges/{exchange}/flush", null, Stop);
        flushed.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until somebody has subscribed to a filter.</summary>
    internal static Task SubscribedAsync(SiteProcess site, string filter) => Eventually.TrueAsync(
        async () =>
        {
            foreach (var client in (await site.GetAsync("api/broker/clients")).EnumerateArray())
            {
                var details = await site.GetAsync($"api/broker/clients/{Uri.EscapeDataString(client.GetProperty("clientId").GetString()!)}");
                if (details.GetProperty("subscriptions").EnumerateArray().Any(one => one.GetProperty("filter").GetString() == filter)) return true;
            }
            return false;
        },
        TimeSpan.FromMinutes(2), () => site.Output);

    private static async Task<JsonElement> ReplayAsync(SiteProcess site, string? id) =>
        (await site.GetAsync("api/replays")).EnumerateArray().Single(replay => replay.GetProperty("id").GetString() == id);

    private static int? Number(JsonElement message) =>
        message.GetProperty("values").TryGetProperty("n", out var n) ? n.GetInt32() : null;
}
