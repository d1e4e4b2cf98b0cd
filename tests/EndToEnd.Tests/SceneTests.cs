using System.Text.Json;
using Microsoft.Playwright;

namespace Weir.EndToEnd.Tests;

/// <summary>Zones, lines, tracks and their pictures, from the camera to the pages and the database.</summary>
public sealed class SceneTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Who_crosses_a_line_is_on_the_page_in_the_database_and_has_a_picture()
    {
        Parts.NeedStreetVideo();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/cameras/street", new
        {
            url = Parts.Video, loop = true, maxFrameRate = 5, classes = new[] { "person" },
            lines = new[] { new { name = "path", from = new { x = 0.72, y = 0.40 }, to = new { x = 0.72, y = 0.85 } } },
        });
        var page = await browser.OpenAsync(site, "cameras/street", Screen.Desktop);

        await Eventually.TrueAsync(
            async () => await page.Locator("[data-event=LineCrossed]").CountAsync() > 0, Patience, () => $"The page tells of no crossing.\n{site.Output}");
        Assert.Contains("crossed the line 'path'", await page.Locator("[data-event=LineCrossed]").First.InnerTextAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () => Events(await site.GetAsync("api/events?camera=street&kind=line")).Count > 0, Patience, () => $"The database has no crossing.\n{site.Output}");
        var crossing = Events(await site.GetAsync("api/events?camera=street&kind=line"))[0];
        Assert.Equal(("path", "person"), (crossing.GetProperty("zone").GetString(), crossing.GetProperty("class").GetString()));

        JsonElement track = default;
        await Eventually.TrueAsync(
            async () => Tracks(await site.GetAsync("api/tracks?camera=street&class=person"))
                // Its number is on its detections from its third frame on.
                .Any(found => (track = found).GetProperty("evidence").ValueKind == JsonValueKind.String && found.GetProperty("sightings").GetInt64() >= 6),
            Patience, () => $"No track with a picture is in the database.\n{site.Output}");
        foreach (var name in new[] { "evidence", "frameEvidence" })
        {
            var picture = await site.Http.GetByteArrayAsync($"api/evidence/{track.GetProperty(name).GetString()}");
            Assert.True(picture is [0xFF, 0xD8, .., 0xFF, 0xD9]);
        }
        // Detections carry the track.
        await Eventually.TrueAsync(
            async () => (await site.GetAsync($"api/detections?camera=street&track={track.GetProperty("track").GetInt64()}")).GetProperty("detections").GetArrayLength() >= 3,
            Patience, () => $"The detections of the track are not in the database.\n{site.Output}");
    }

    [Fact]
    public async Task A_rule_over_detections_has_the_picture_that_raised_its_alarm_as_evidence()
    {
        Parts.NeedStreetVideo();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/rules/anybody", new { kind = "Detections", @class = "person", camera = "street" });
        await site.PutAsync("api/cameras/street", new { url = Parts.Video, loop = true, maxFrameRate = 5, classes = new[] { "person" } });

        JsonElement alarm = default;
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/alarms")).EnumerateArray().Any(one => (alarm = one).GetProperty("rule").GetString() == "anybody"),
            Patience, () => $"No alarm was raised.\n{site.Output}");
        Assert.Equal("camera/street", alarm.GetProperty("source").GetString());
        var evidence = new List<string?>();
        await Eventually.TrueAsync(
            async () => (evidence = [.. (await site.GetAsync($"api/alarms/{alarm.GetProperty("id").GetString()}/evidence")).EnumerateArray().Select(name => name.GetString())]).Count > 0,
            Patience, () => $"The alarm has no evidence.\n{site.Output}");
        var picture = await site.Http.GetByteArrayAsync($"api/evidence/{Assert.Single(evidence)}");
        Assert.True(picture is [0xFF, 0xD8, .., 0xFF, 0xD9]);

        var page = await browser.OpenAsync(site, "alarms", Screen.Desktop);
        await page.Locator("[data-rule=anybody] button", new() { HasText = "More" }).First.ClickAsync();
        await Assertions.Expect(page.Locator($"[data-rule=anybody] a[href='api/evidence/{evidence[0]}']").First).ToBeVisibleAsync(new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task A_line_and_a_zone_are_drawn_on_the_picture_and_kept()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/cameras/yard", new { url = "test:320x240@5" });
        await Eventually.TrueAsync(
            async () => (await site.Http.GetAsync("api/cameras/yard/snapshot.jpg")).IsSuccessStatusCode, Patience, () => site.Output);
        var page = await browser.OpenAsync(site, "cameras/yard/settings", Screen.Desktop);
        var picture = page.Locator("[data-scene-editor] svg");

        await DrawAsync(page, "Draw a line", picture, [(0.2f, 0.8f), (0.7f, 0.3f)], ".shape.line");
        await DrawAsync(page, "Draw a zone", picture, [(0.1f, 0.1f), (0.4f, 0.1f), (0.4f, 0.4f)], "polyline.shape.zone");
        await page.Locator("[data-scene-editor] button", new() { HasText = "Done" }).ClickAsync();
        await page.Locator("[data-zone] input[type=text]").First.FillAsync("corner");
        await page.Locator("[data-zone] input[type=number]").Nth(1).FillAsync("3");
        await page.Locator("button", new() { HasText = "Save" }).ClickAsync();
        await page.WaitForSelectorAsync("[data-saved]");

        var settings = await site.GetAsync("api/cameras/yard/settings");
        var line = Assert.Single(settings.GetProperty("lines").EnumerateArray());
        Assert.Equal("line 1", line.GetProperty("name").GetString());
        Assert.Equal(0.2, line.GetProperty("from").GetProperty("x").GetDouble(), 0.02);
        Assert.Equal(0.3, line.GetProperty("to").GetProperty("y").GetDouble(), 0.02);
        var zone = Assert.Single(settings.GetProperty("zones").EnumerateArray());
        Assert.Equal(("corner", 3, 3), (zone.GetProperty("name").GetString(), zone.GetProperty("countOver").GetInt32(), zone.GetProperty("points").GetArrayLength()));

        if (Environment.GetEnvironmentVariable("WEIR_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, "camera-settings.png") });
    }

    [Fact]
    public async Task A_password_stays_where_it_is_while_other_settings_change()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/cameras/secret", new { url = $"rtsp://admin:hunter2@127.0.0.1:{FreePort.Next()}/live", enabled = false });

        var settings = await site.GetAsync("api/cameras/secret/settings");
        var url = settings.GetProperty("url").GetString()!;
        Assert.DoesNotContain("hunter2", settings.ToString(), StringComparison.Ordinal);
        await site.PutAsync("api/cameras/secret", new { url = url.Replace("/live", "/other", StringComparison.Ordinal), enabled = false });
        Assert.EndsWith("/other", (await site.GetAsync("api/cameras/secret/settings")).GetProperty("url").GetString(), StringComparison.Ordinal);

        using var moved = await site.Http.PutAsync("api/cameras/secret", System.Net.Http.Json.JsonContent.Create(new { url = "rtsp://***@10.1.1.1/live", enabled = false }));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, moved.StatusCode);
    }

    [Fact]
    public async Task Models_and_what_a_source_gives_can_be_asked_for()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");

        var models = (await site.GetAsync("api/models")).EnumerateArray().ToDictionary(model => model.GetProperty("name").GetString()!);
        Assert.Equal(["centernet", "faces", "text-direction", "text-find", "text-read"], models.Keys.Order(StringComparer.Ordinal));

        using var answer = await site.Http.PostAsync("api/cameras/probe", System.Net.Http.Json.JsonContent.Create(new { url = "test:320x240@5" }));
        var sight = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((320, 240), (sight.GetProperty("width").GetInt32(), sight.GetProperty("height").GetInt32()));
        Assert.NotEmpty(sight.GetProperty("jpeg").GetBytesFromBase64());

        using var wrong = await site.Http.PutAsync("api/cameras/a", System.Net.Http.Json.JsonContent.Create(new { url = "test:", model = "none" }));
        Assert.Contains("There is no model 'none'", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_models_run_can_be_set_and_is_told_with_their_rate()
    {
        await using var site = await SiteProcess.StartWithAsync(
            new Dictionary<string, string> { ["Weir__Inference__Lanes"] = "1", ["Weir__Inference__ThreadsPerLane"] = "2", ["Weir__Inference__Batch"] = "3" }, null, "--no-demo");
        await site.PutAsync("api/cameras/street", new
        {
            url = "test:320x240@10", model = "text-find", cascades = new[] { new { name = "text", classes = new[] { "text" }, models = new[] { "text-read" } } },
        });

        JsonElement Model(JsonElement models, string name) => models.EnumerateArray().Single(model => model.GetProperty("name").GetString() == name);
        JsonElement find = default;
        await Eventually.TrueAsync(
            async () => (find = Model(await site.GetAsync("api/models"), "text-find")).GetProperty("picturesPerSecond").ValueKind == JsonValueKind.Number, Patience, () => site.Output);

        Assert.Equal((3, "It was set.", 1, 2), (find.GetProperty("batch").GetInt32(), find.GetProperty("batchReason").GetString(), find.GetProperty("lanes").GetInt32(), find.GetProperty("threadsPerLane").GetInt32()));
        Assert.InRange(find.GetProperty("picturesPerSecond").GetDouble(), 0.1, 10_000);
        Assert.InRange(find.GetProperty("pictures").GetInt64(), 12, long.MaxValue);
        Assert.Equal(0, Model(await site.GetAsync("api/models"), "faces").GetProperty("batch").GetInt32());
        var page = await browser.OpenAsync(site, "system", Screen.Desktop);
        await Assertions.Expect(page.Locator("[data-models]")).ToContainTextAsync("1 lane of 2 threads");
        await Assertions.Expect(page.Locator("[data-model=text-find] [data-batch]")).ToHaveTextAsync("3");
        await Assertions.Expect(page.Locator("[data-model=text-find] [data-rate]")).Not.ToBeEmptyAsync();
        await Assertions.Expect(page.Locator("[data-model=faces] [data-batch]")).ToBeEmptyAsync();
    }

    /// <summary>As a person does whose page came alive while they clicked: once more, until it is drawn.</summary>
    private static async Task DrawAsync(IPage page, string tool, ILocator picture, (float X, float Y)[] places, string drawn)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                var button = page.Locator("[data-scene-editor] button", new() { HasText = tool });
                if (await page.Locator("[data-scene-editor] svg.is-drawing").CountAsync() == 0) await button.ClickAsync();
                await page.WaitForTimeoutAsync(300);
                return await page.Locator("[data-scene-editor] svg.is-drawing").CountAsync() > 0;
            },
            Patience, () => $"'{tool}' does not begin a drawing.");
        var box = (await picture.BoundingBoxAsync())!;
        foreach (var (x, y) in places) await picture.ClickAsync(new LocatorClickOptions { Position = new Position { X = box.Width * x, Y = box.Height * y } });
        await Assertions.Expect(page.Locator(drawn).First).ToBeAttachedAsync();
    }

    private static List<JsonElement> Events(JsonElement page) => [.. page.GetProperty("rows").EnumerateArray()];

    private static List<JsonElement> Tracks(JsonElement page) => [.. page.GetProperty("rows").EnumerateArray()];
}
