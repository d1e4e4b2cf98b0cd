using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;

namespace Weir.EndToEnd.Tests;

/// <summary>What a person sees in a browser, on a desktop and on a phone.</summary>
public sealed class DashboardTests(Browser browser) : IClassFixture<Browser>
{
    // Where people walk in vtest.avi at 5 s, in parts of the picture, checked by eye.
    private static readonly Area[] Pedestrians =
    [
        new(0.481, 0.309, 0.524, 0.448), new(0.565, 0.304, 0.597, 0.421), new(0.658, 0.373, 0.705, 0.533),
        new(0.718, 0.375, 0.760, 0.523), new(0.877, 0.448, 0.923, 0.637),
    ];

    private const int ShotHeight = 1_120;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("desktop")]
    [InlineData("phone")]
    public async Task The_camera_page_shows_boxes_on_the_pedestrians_and_the_count_changes(string screen)
    {
        Parts.NeedStreetVideo();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await SetStreetAsync(site);
        var page = await browser.OpenAsync(site, "cameras/street", Screen.Of(screen));
        await page.WaitForSelectorAsync(".live[data-frame] .box");
        // From its beginning again, now that somebody looks.
        await PlayFromBeginningAsync(site, page);

        var best = new Seen(0, -1, []);
        var counts = new HashSet<string>(StringComparer.Ordinal);
        await Eventually.TrueAsync(
            async () =>
            {
                var seen = await ReadAsync(page);
                // A machine that stalled just then missed the moment: once more from the beginning.
                if (seen.MediaTime is > 6 and < 60) await PlayFromBeginningAsync(site, page);
                if (seen.MediaTime is > 4.7 and < 5.3 && seen.Hits > best.Hits) best = seen;
                if (await page.Locator("[data-class-count=person] [data-count]").CountAsync() > 0)
                    counts.Add(await page.Locator("[data-class-count=person] [data-count]").InnerTextAsync());
                return best.Hits >= 4 && counts.Count > 1;
            },
            Patience,
            () => $"At most {best.Hits} of {Pedestrians.Length} pedestrians had a box near 5 s (boxes at {best.MediaTime} s: "
                + $"{string.Join("; ", best.Boxes)}); counts seen: {string.Join(", ", counts)}.\n{site.Output}");

        await BoxesLieOnThePictureAsync(page);
    }

    [Theory]
    [InlineData("desktop")]
    [InlineData("phone")]
    public async Task A_message_of_mosquitto_pub_shows_on_the_topics_page_within_a_second(string screen)
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        var page = await browser.OpenAsync(site, "topics", Screen.Of(screen));
        await Mosquitto.PublishAsync(site.MqttPort, "hall/door", "first");
        await Assertions.Expect(page.Locator("[data-topic='hall/door'] code")).ToHaveTextAsync("first");

        // The median: a shared machine may stall for a moment, and a page that only polls may be lucky once.
        var times = new List<TimeSpan>();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var value = $"value-{attempt}";
            await Mosquitto.PublishAsync(site.MqttPort, "hall/door", value);
            var waited = Stopwatch.StartNew();
            await Assertions.Expect(page.Locator("[data-topic='hall/door'] code")).ToHaveTextAsync(value);
            times.Add(waited.Elapsed);
        }
        Assert.True(times.Order().ElementAt(2) <= TimeSpan.FromSeconds(1), $"Five messages took {string.Join(", ", times)}.");
    }

    [Fact]
    public async Task A_rule_set_on_the_page_raises_an_alarm_that_is_acknowledged_there()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        var page = await browser.OpenAsync(site, "alarms", Screen.Of("desktop"));
        var form = page.Locator("[data-rule-form]");
        await ClickUntilAsync(page, "button:has-text('Add a rule')", "[data-rule-form]", site);
        foreach (var (field, text) in ((string, string)[])[("#rule-id", "busy"), ("#rule-name", "Busy"), ("#rule-class", "person")])
        {
            await form.Locator(field).FillAsync(text);
            await form.Locator(field).PressAsync("Tab");
        }
        await form.Locator("button:has-text('Save')").ClickAsync();
        await Assertions.Expect(page.Locator("[data-panel=rules] [data-rule=busy]")).ToContainTextAsync("any camera: at least 1 person");

        await site.PutAsync("api/rules/hot", new { kind = "Value", topic = "plant/heat", threshold = 90 });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "press");
        await client.PublishAsync("plant/heat", "97"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        var alarm = page.Locator("[data-alarm='topic/plant/heat']");
        await Assertions.Expect(alarm).ToContainTextAsync("hot: 97, at least 90.", new() { Timeout = (float)Patience.TotalMilliseconds });
        await alarm.Locator("button:has-text('Acknowledge')").ClickAsync();
        await Assertions.Expect(alarm).ToContainTextAsync("seen by 127.0.0.1");
        await alarm.Locator("button:has-text('More')").ClickAsync();
        await Assertions.Expect(alarm.Locator("[data-alarm-history]")).ToContainTextAsync("acknowledged by 127.0.0.1");
    }

    [Fact]
    public async Task A_query_of_an_exchange_stands_in_the_address_and_shows_its_messages()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        for (var i = 0; i < 3; i++) await Mosquitto.PublishAsync(site.MqttPort, "hall/door", $"{{\"n\":{i}}}");

        var page = await browser.OpenAsync(site, "topics", Screen.Desktop);
        await page.Locator("[data-exchange=hall] a", new() { HasText = "Query" }).ClickAsync();

        await page.WaitForURLAsync("**/topics?exchange=hall");
        await RowsAsync(page, 3, site);
        // As a person does whose page came alive while they typed: once more.
        await Eventually.TrueAsync(
            async () =>
            {
                await page.Locator("[data-query=hall] input[type=text]").FillAsync("hall/window");
                await page.Locator("[data-query=hall] button[type=submit]").ClickAsync();
                await page.WaitForTimeoutAsync(500);
                return page.Url.Contains("topic=hall%2Fwindow", StringComparison.Ordinal);
            },
            Patience, () => $"The search does not reach the address: {page.Url}.");
        await RowsAsync(page, 0, site);
    }

    [Fact]
    public async Task The_history_page_finds_a_schema_answers_sql_and_publishes_again()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        for (var i = 0; i < 3; i++) await Mosquitto.PublishAsync(site.MqttPort, "hall/door", $"{{\"n\":{i}}}");
        var page = await browser.OpenAsync(site, "history?exchange=hall", Screen.Desktop);

        await ClickUntilAsync(page, "[data-schema=hall] button:has-text('Find out')", "[data-fact=trial]", site);
        await Assertions.Expect(page.Locator("[data-fact=trial]")).ToContainTextAsync("newest 3 messages: 3 fit, 3 need no payload");
        await ClickUntilAsync(page, "[data-schema=hall] button:has-text('Use this schema')", "[data-fact=schema]", site);
        Assert.Equal("n", (await site.GetAsync("api/exchanges/hall/schema")).GetProperty("schema").GetProperty("fields")[0].GetProperty("name").GetString());

        await page.Locator("[data-sql=hall] textarea").FillAsync("SELECT count(*) AS messages, sum(n) AS total FROM messages");
        await ClickUntilAsync(page, "[data-sql=hall] button[type=submit]", "[data-sql=hall] td", site);
        await Assertions.Expect(page.Locator("[data-sql=hall] td")).ToHaveTextAsync(["3", "3"]);
        await page.Locator("[data-sql=hall] textarea").FillAsync("DROP VIEW messages");
        await ClickUntilAsync(page, "[data-sql=hall] button[type=submit]", "[data-sql=hall] .fault-text", site);
        await Assertions.Expect(page.Locator("[data-sql=hall] .fault-text")).ToContainTextAsync("only a SELECT may be given");

        await page.Locator("[data-replays=hall] input[name=speed]").FillAsync("0");
        await page.Locator("[data-replays=hall] input[name=to]").FillAsync(DateTime.UtcNow.AddMinutes(5).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        await ClickUntilAsync(page, "[data-replays=hall] button[type=submit]", "[data-replay]", site);
        await Assertions.Expect(page.Locator("[data-replay]").First).ToContainTextAsync("3 of 3");
    }

    // As a person does whose page has not come alive yet: once more, but not while the first click may still be at work.
    private static Task ClickUntilAsync(IPage page, string button, string shown, SiteProcess site) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await page.Locator(button).ClickAsync(new() { Timeout = 2_000 });
                await page.Locator(shown).First.WaitForAsync(new() { Timeout = 10_000 });
                return true;
            }
            catch (TimeoutException)
            {
                return await page.Locator(shown).CountAsync() > 0;
            }
        },
        Patience, () => $"Clicking '{button}' does not show '{shown}'.\n{site.Output}");

    [Fact]
    public async Task An_exchange_is_changed_in_its_dialog_which_says_what_retention_would_let_go_of()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/exchanges/hall", new { filters = new[] { "hall/#" } });
        for (var i = 0; i < 2; i++)
        {
            await Mosquitto.PublishAsync(site.MqttPort, "hall/door", $"{i}");
            (await site.Http.PostAsync("api/exchanges/hall/flush", null)).EnsureSuccessStatusCode();
        }

        var page = await browser.OpenAsync(site, "topics", Screen.Desktop);
        var form = page.Locator("[data-exchange-form]");
        await ClickUntilAsync(page, "[data-exchange=hall] button:has-text('Settings')", "[data-exchange-form]", site);
        await form.Locator("#exchange-keep-files input").FillAsync("1");
        await form.Locator("#exchange-keep-files input").PressAsync("Tab");
        await form.Locator("button", new() { HasText = "What would go?" }).ClickAsync();
        await Assertions.Expect(form.Locator("[data-preview]")).ToContainTextAsync("1 files with 1 messages");

        await form.Locator("#exchange-memory-age").FillAsync("soon");
        await form.Locator("#exchange-memory-age").PressAsync("Tab");
        await form.Locator("button[type=submit]").ClickAsync();
        await Assertions.Expect(form.Locator("[role=alert]")).ToContainTextAsync("must be a span of time");
        await form.Locator("#exchange-memory-age").FillAsync("1h");
        await form.Locator("#exchange-memory-age").PressAsync("Tab");
        await form.Locator("button[type=submit]").ClickAsync();
        await Eventually.TrueAsync(
            async () => await form.CountAsync() == 0, Patience, () => $"The dialog stays: {form.InnerTextAsync().GetAwaiter().GetResult()}");
        var settings = await site.GetAsync("api/exchanges/hall/settings");
        Assert.Equal((1, "01:00:00"), (settings.GetProperty("archiveFiles").GetInt32(), settings.GetProperty("memoryAge").GetString()));
        await Assertions.Expect(page.Locator("[data-exchange=hall] [data-fact=files]")).ToHaveTextAsync("1");
    }

    [Fact]
    public async Task A_page_whose_fonts_have_not_come_is_no_wider_than_a_phone()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        var page = await browser.OpenAsync(site, "topics", Screen.Phone, hasFonts: false);
        await NothingSticksOutAsync(page, "topics", Screen.Phone);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_pages_that_are_open()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await browser.OpenAsync(site, "topics", Screen.Desktop);
        await browser.OpenAsync(site, "system", Screen.Phone);

        var waited = Stopwatch.StartNew();
        Assert.Equal(0, await site.InterruptAsync());
        // What a stop gives those that do not end is half a minute.
        Assert.True(waited.Elapsed < TimeSpan.FromSeconds(25), $"The stop took {waited.Elapsed}.\n{site.Output}");
    }

    [Fact]
    public async Task Every_page_of_the_demo_has_its_picture_taken()
    {
        await using var site = await SiteProcess.StartAsync(null, "--demo-video", Parts.Video);
        var folder = Environment.GetEnvironmentVariable("WEIR_SCREENSHOTS") is { Length: > 0 } given
            ? Directory.CreateDirectory(given).FullName
            : Parts.Output("screenshots");
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/topics")).GetProperty("topics").GetArrayLength() >= 20,
            Patience, () => $"The simulated machines do not publish.\n{site.Output}");
        await site.PutAsync("api/rules/crowd", new { name = "Many in the street", kind = "Detections", @class = "person", threshold = 3, clearSeconds = 30 });

        foreach (var (name, path, ready) in new[]
        {
            ("cameras", "cameras", ".live[data-frame] .box"),
            ("camera", "cameras/street", ".live[data-frame] .box"),
            ("topics", "topics?exchange=telemetry", "[data-query=telemetry] [data-key]"),
            ("history", "history?exchange=telemetry", "[data-sql=telemetry] textarea"),
            ("system", "system", "[data-stream]"),
            ("alarms", "alarms", "[data-alarm][data-rule=crowd]"),
            ("overview", "", "[data-stat=messages-in]"),
        })
        {
            await ShootAsync(site, folder, name, path, ready, Screen.Desktop, ColorScheme.Light);
            await ShootAsync(site, folder, name, path, ready, Screen.Phone, ColorScheme.Dark);
        }
    }

    private static async Task RowsAsync(IPage page, int expected, SiteProcess site)
    {
        var shown = "";
        await Eventually.TrueAsync(
            async () =>
            {
                shown = await page.Locator("main").InnerTextAsync();
                return await page.Locator("[data-query=hall] [data-key]").CountAsync() == expected;
            },
            Patience, () => $"{expected} rows are expected at {page.Url}, which shows:\n{shown}\n{site.Output}");
    }

    private async Task ShootAsync(
        SiteProcess site, string folder, string name, string path, string ready, Screen screen, ColorScheme scheme)
    {
        var page = await browser.OpenAsync(site, path, screen, scheme);
        var faults = new List<string>();
        // A picture may be gone by the time that a slow browser asks for it.
        page.Console += (_, message) => { if (message.Type == "error" && !message.Text.StartsWith("Failed to load", StringComparison.Ordinal)) faults.Add(message.Text); };
        page.PageError += (_, fault) => faults.Add(fault);
        page.Response += (_, response) =>
        {
            if (response.Status >= 400 && response.Request.ResourceType != "image") faults.Add($"{response.Status} {response.Url}");
        };
        await page.WaitForSelectorAsync(ready);
        await page.WaitForTimeoutAsync(1_500);
        await page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = Path.Combine(folder, screen.IsPhone ? $"{name}-phone.png" : $"{name}.png"),
            FullPage = true,
            Clip = new Clip { Width = screen.Width, Height = screen.IsPhone ? screen.Height : ShotHeight },
        });

        // Readable on a phone: nothing sticks out to the side.
        await NothingSticksOutAsync(page, name, screen);
        Assert.True(faults.Count == 0, $"The page '{name}' logged: {string.Join("; ", faults)}");
        await page.Context.CloseAsync();
    }

    private static async Task NothingSticksOutAsync(IPage page, string name, Screen screen)
    {
        var wide = await page.EvaluateAsync<string[]>(
            """
            () => {
                const root = document.documentElement, width = root.clientWidth;
                if (root.scrollWidth <= width) return [];
                const culprits = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > width + 1);
                return [`${root.scrollWidth - width} px`, ...culprits.map(one => `${one.tagName} ${one.className} ${one.innerText?.slice(0, 40)}`)];
            }
            """);
        Assert.True(wide.Length == 0, $"The page '{name}' is wider than a {screen.Name}: {string.Join("; ", wide)}");
    }

    private static Task SetStreetAsync(SiteProcess site) => site.PutAsync("api/cameras/street", new { url = Parts.Video, loop = true });

    // The page shows the old picture until the new run's first: who asks again meanwhile lets no run begin.
    private static async Task PlayFromBeginningAsync(SiteProcess site, IPage page)
    {
        await SetStreetAsync(site);
        await Eventually.TrueAsync(
            async () => (await ReadAsync(page)).MediaTime is >= 0 and < 4,
            Patience, () => $"The camera does not begin again.\n{site.Output}");
    }

    private static async Task<Seen> ReadAsync(IPage page)
    {
        var read = await page.EvaluateAsync<string[]>(
            """
            () => {
                const live = document.querySelector('.live');
                return [live?.dataset.mediaTime ?? '-1', ...[...live.querySelectorAll('.box[data-class=person]')].map(box => box.dataset.box)];
            }
            """);
        var boxes = read.Skip(1).Select(Area.Parse).ToList();
        var hits = Pedestrians.Count(person => boxes.Any(box => box.Overlap(person) >= 0.3));
        return new Seen(hits, double.Parse(read[0], CultureInfo.InvariantCulture), boxes);
    }

    /// <summary>The boxes' places on the screen are their places in the picture, whatever size it is shown at.</summary>
    private static async Task BoxesLieOnThePictureAsync(IPage page)
    {
        var off = await page.EvaluateAsync<double>(
            """
            () => {
                const picture = document.querySelector('.live img').getBoundingClientRect();
                return Math.max(...[...document.querySelectorAll('.live .box')].map(box => {
                    const [left, top, right, bottom] = box.dataset.box.split(' ').map(Number), shown = box.getBoundingClientRect();
                    return Math.max(
                        Math.abs(shown.left - (picture.left + left * picture.width)), Math.abs(shown.right - (picture.left + right * picture.width)),
                        Math.abs(shown.top - (picture.top + top * picture.height)), Math.abs(shown.bottom - (picture.top + bottom * picture.height)));
                }));
            }
            """);
        Assert.InRange(off, 0, 2);
    }

    private sealed record Seen(int Hits, double MediaTime, IReadOnlyList<Area> Boxes);
}
