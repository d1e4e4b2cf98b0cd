using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;

namespace Weir.EndToEnd.Tests;

/// <summary>Recording, replay and export in a whole site and a real browser.</summary>
public sealed class RecordingTests(Browser browser) : IClassFixture<Browser>
{
    private const long Second = 1_000_000;
    private const string Street = "api/cameras/street";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_browser_replays_a_recorded_range_with_boxes_in_step_seeks_and_exports()
    {
        Parts.NeedStreetVideo();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await RecordAsync(site);
        // On a busy machine it takes some seconds until the quickest frame has told the camera's time; this is about what comes after.
        await RecordedAsync(site, 14);
        var pictures = await PicturesOfDetectionsAsync(site);
        var from = await FirstAsync(site) + 8 * Second;

        var page = await browser.OpenAsync(site, $"cameras/street/recordings?at={from + 2 * Second}", Screen.Desktop);
        await page.WaitForSelectorAsync("[data-replay][data-time]");
        await page.Locator("[data-act=play]").ClickAsync();
        var seen = await SeenAsync(page, 25, 5);

        // A detection's own picture says which number belongs to its time; all others follow, as the file plays steadily.
        var (time, number) = pictures[0];
        Assert.All(pictures, picture => Assert.InRange(Apart(picture.Number, Number(picture.Time)), 0, 1));
        Assert.All(seen, shown => Assert.InRange(Apart(shown.Number, Number(shown.Time)), 0, 1));
        var boxed = seen.Where(shown => shown.Overlay is not null).ToList();
        Assert.True(boxed.Count >= 5, $"Of {seen.Count} pictures only {boxed.Count} had boxes.");
        Assert.All(boxed, shown => Assert.InRange(Apart(shown.Number, Number(shown.Overlay!.Value)), 0, 1));

        await SeekAsync(page, await FirstAsync(site) + 8 * Second);
        await ExportAsync(site, page);
        await ShootAsync(page);

        double Number(long at) => number + (at - time) / 1e6 * NumberedVideo.Rate;
    }

    [Fact]
    public async Task What_was_stored_is_there_after_kill_9_and_what_is_missing_is_said()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await RecordAsync(site);
        var stored = await RecordedAsync(site, 4);
        var first = await FirstAsync(site);

        await site.KillAsync();
        await site.StartAgainAsync();

        JsonElement timeline = default;
        await Eventually.TrueAsync(
            async () => (timeline = await TimelineAsync(site, first)).GetProperty("gaps").GetArrayLength() > 0, Patience, () => site.Output);
        var recorded = timeline.GetProperty("recorded")[0];
        Assert.Equal(first, recorded.GetProperty("from").GetInt64());
        Assert.True(recorded.GetProperty("to").GetInt64() >= stored, $"Stored up to {stored}, but there is {recorded}.");
        var gap = timeline.GetProperty("gaps")[0];
        Assert.Equal("SiteDown", gap.GetProperty("cause").GetString());
        Assert.Equal(recorded.GetProperty("to").GetInt64(), gap.GetProperty("from").GetInt64());

        var clip = await site.Http.GetByteArrayAsync($"{Street}/recordings/export?from={first}&to={stored}");
        var file = Path.Combine(site.Folder, "after.mp4");
        await File.WriteAllBytesAsync(file, clip);
        // A clip ends with a whole fragment.
        var pictures = (stored - first) * NumberedVideo.Rate / (double)Second;
        Assert.InRange(Probe.Of(file).Frames, pictures - 1, pictures + NumberedVideo.Rate + 1);
    }

    [Fact]
    public async Task Windows_retention_and_mistakes_over_the_api_and_detections_start_a_recording()
    {
        Parts.NeedStreetVideo();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await RecordAsync(site, "Detection");
        await RecordedAsync(site, 3);
        var first = await FirstAsync(site);

        var answer = await site.Http.PostAsJsonAsync($"{Street}/recordings/windows", new { from = Moment(first), to = Moment(first + 3 * Second), note = "a theft", releaseWhenFetched = true });
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        await Eventually.TrueAsync(
            async () => (await site.GetAsync($"{Street}/recordings/windows"))[0].GetProperty("isWhole").GetBoolean(), Patience, () => site.Output);
        using var removed = await site.Http.DeleteAsync($"{Street}/recordings");
        Assert.True(removed.IsSuccessStatusCode);

        var clip = await site.Http.GetByteArrayAsync($"{Street}/recordings/windows/{id}/export?from={first}&to={first + 3 * Second}");
        var file = Path.Combine(site.Folder, "window.mp4");
        await File.WriteAllBytesAsync(file, clip);
        Assert.InRange(Probe.Of(file).Frames, 20, 50);
        await Eventually.TrueAsync(
            async () => (await site.GetAsync($"{Street}/recordings/windows")).GetArrayLength() == 0, Patience, () => "The window was fetched and is still there.");

        Assert.Equal(0, (await site.GetAsync($"{Street}/recordings/retention")).GetProperty("fragments").GetInt32());
        await RefusedAsync(await site.Http.PutAsJsonAsync($"{Street}/recordings/settings", new { mode = "Continuous", maxBytes = 5 }), 400, "maxBytes");
        await RefusedAsync(await site.Http.PutAsJsonAsync("api/cameras/none/recordings/settings", new { mode = "Continuous" }), 404, "none");
        await RefusedAsync(await site.Http.GetAsync($"{Street}/recordings/export?from=5&to=4"), 400, "later");
        await RefusedAsync(await site.Http.GetAsync($"{Street}/recordings/export?from=1&to=2"), 404, "Nothing is recorded");
        await RefusedAsync(await site.Http.GetAsync($"{Street}/recordings/segment.m4s?at=x&count=1"), 400, "position");
    }

    [Fact]
    public async Task On_motion_what_moves_is_kept_with_the_time_before_and_after_it()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        // Eight seconds in which nothing moves, two in which all does, five in which nothing does.
        var video = Path.Combine(site.Folder, "motion.mp4");
        Ffmpeg.Run(
            "-f", "lavfi", "-i", "color=gray:s=320x240:r=10:d=8", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=2", "-f", "lavfi", "-i", "color=gray:s=320x240:r=10:d=5",
            "-filter_complex", "[0][1][2]concat=n=3:v=1", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "5", "-sc_threshold", "0", video);
        await LiveAsync(site, new { url = video, loop = true });
        await site.PutAsync($"{Street}/recordings/settings", new { mode = "Motion", preRoll = "00:00:01", postRoll = "00:00:01" });

        JsonElement timeline = default;
        await Eventually.TrueAsync(
            async () => (timeline = await TimelineAsync(site, 0)).GetProperty("recorded").GetArrayLength() > 0
                && (await site.GetAsync($"{Street}/recordings")).GetProperty("state").GetString() == "Waiting",
            Patience, () => $"{timeline}\n{site.Output}");

        timeline = await TimelineAsync(site, 0);
        var ((from, to), (moves, rests)) = (RangeOf(timeline, "recorded"), RangeOf(timeline, "motion"));
        Assert.InRange(rests - moves, 1.4 * Second, 2.7 * Second);
        // From the keyframe before, and up to the next one.
        Assert.InRange(moves - from, Second, 2.1 * Second);
        Assert.InRange(to - rests, Second, 2.1 * Second);
        Assert.Equal(0, timeline.GetProperty("gaps").GetArrayLength());
        var file = Path.Combine(site.Folder, "kept.mp4");
        await File.WriteAllBytesAsync(file, await site.Http.GetByteArrayAsync($"{Street}/recordings/export?from={from}&to={to}"));
        Assert.InRange(Probe.Of(file).Frames, 10 * (to - from) / Second - 1, 10 * (to - from) / Second + 1);
    }

    [Fact]
    public async Task A_camera_that_asks_for_a_password_is_recorded_with_it_and_shown_without()
    {
        await using var camera = new PasswordCamera();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await LiveAsync(site, new { url = camera.Url });

        await site.PutAsync($"{Street}/recordings/settings", new { mode = "Continuous" });

        await RecordedAsync(site, 2);
        var status = await site.GetAsync($"{Street}/recordings");
        Assert.Equal("Recording", status.GetProperty("state").GetString());
        Assert.Contains("***", status.GetProperty("source").GetString(), StringComparison.Ordinal);
        // The recording's own source, as a main stream is, given back as it was shown.
        await site.PutAsync($"{Street}/recordings/settings", new { mode = "Continuous", url = camera.Url });
        var shown = await site.GetAsync($"{Street}/recordings/settings");
        Assert.StartsWith("http://***@", shown.GetProperty("url").GetString(), StringComparison.Ordinal);
        await site.PutAsync($"{Street}/recordings/settings", shown);
        await Eventually.TrueAsync(
            async () => (await site.GetAsync($"{Street}/recordings")).GetProperty("state").GetString() == "Recording", Patience, () => site.Output);
        Assert.DoesNotContain(PasswordCamera.Password, status.ToString() + await site.Http.GetStringAsync($"{Street}/recordings/settings") + site.Output, StringComparison.Ordinal);
    }

    private static async Task LiveAsync(SiteProcess site, object settings)
    {
        await site.PutAsync(Street, settings);
        await Eventually.TrueAsync(
            async () => (await site.GetAsync($"{Street}")).GetProperty("state").GetString() == "Live", Patience, () => site.Output);
    }

    /// <summary>The first range of a kind, which is the only one there is yet.</summary>
    private static (long From, long To) RangeOf(JsonElement timeline, string kind)
    {
        var range = Assert.Single(timeline.GetProperty(kind).EnumerateArray());
        return (range.GetProperty("from").GetInt64(), range.GetProperty("to").GetInt64());
    }

    /// <summary>The addresses that a playlist names: the initialisation, and the segments.</summary>
    private static async Task<(string Init, IReadOnlyList<string> Segments)> PlaylistAsync(SiteProcess site, long from, long to)
    {
        var lines = (await site.Http.GetStringAsync($"{Street}/recordings/playlist.m3u8?from={from}&to={to}")).Split('\n');
        var init = lines.First(line => line.StartsWith("#EXT-X-MAP", StringComparison.Ordinal)).Split('"')[1];
        return ($"{Street}/recordings/{init}", [.. lines.Where(line => line.StartsWith("segment", StringComparison.Ordinal)).Select(line => $"{Street}/recordings/{line}")]);
    }

    private static async Task RecordAsync(SiteProcess site, string mode = "Continuous")
    {
        await LiveAsync(site, new { url = NumberedVideo.Make(), loop = true });
        await site.PutAsync($"{Street}/recordings/settings", new { mode, preRoll = "00:00:02", postRoll = "00:00:05" });
    }

    /// <summary>Waits until so many seconds are stored; answers up to where.</summary>
    private static async Task<long> RecordedAsync(SiteProcess site, int seconds)
    {
        JsonElement timeline = default;
        await Eventually.TrueAsync(
            async () =>
            {
                timeline = await TimelineAsync(site, 0);
                return timeline.GetProperty("recorded").EnumerateArray().Sum(range => range.GetProperty("to").GetInt64() - range.GetProperty("from").GetInt64()) >= seconds * Second;
            },
            Patience, () => $"{timeline}\n{site.Output}");
        return timeline.GetProperty("recorded")[0].GetProperty("to").GetInt64();
    }

    private static async Task<long> FirstAsync(SiteProcess site) =>
        (await TimelineAsync(site, 0)).GetProperty("recorded")[0].GetProperty("from").GetInt64();

    private static Task<JsonElement> TimelineAsync(SiteProcess site, long from)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * Second;
        return site.GetAsync($"{Street}/recordings/timeline?from={Math.Max(from, now - 3600 * Second)}&to={now + 10 * Second}");
    }

    /// <summary>Frame times of detections, each with the number that is burnt into the picture they were found on.</summary>
    private static async Task<List<(long Time, int Number)>> PicturesOfDetectionsAsync(SiteProcess site)
    {
        var found = new List<(long, int)>();
        await Eventually.TrueAsync(
            async () =>
            {
                var since = DateTimeOffset.UtcNow.ToUnixTimeSeconds() * Second - 2 * Second;
                var rows = (await site.GetAsync($"{Street}/detections?from={since}&limit=1000")).GetProperty("detections");
                if (rows.GetArrayLength() == 0) return false;
                var row = rows[rows.GetArrayLength() - 1];
                using var answer = await site.Http.GetAsync($"{Street}/frames/{row.GetProperty("frameNumber").GetInt64()}.jpg");
                // A slow machine may be too late for it.
                if (!answer.IsSuccessStatusCode) return false;
                found.Add((Micros(row.GetProperty("time").GetDateTimeOffset()), NumberedVideo.NumberOf(await answer.Content.ReadAsByteArrayAsync())));
                return found.Count >= 4;
            },
            Patience, () => site.Output);
        return found;
    }

    /// <summary>Pictures as the browser shows them: the number in each, its time, and that of the boxes over it.</summary>
    private static async Task<List<(int Number, long Time, long? Overlay)>> SeenAsync(IPage page, int count, int boxed)
    {
        var lines = await page.EvaluateAsync<string[]>(
            """
            ([count, boxed, bits, square]) => new Promise(done => {
                setTimeout(() => done(seen), 110e3);
                const host = document.querySelector('[data-replay]'), video = host.querySelector('video');
                const canvas = document.createElement('canvas'), seen = [];
                let left = boxed;
                const look = () => {
                    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
                    const pen = canvas.getContext('2d', { willReadFrequently: true });
                    pen.drawImage(video, 0, 0);
                    let number = 0;
                    for (let bit = 0; bit < bits; bit++)
                        if (pen.getImageData(bit * square + square / 2, square / 2, 1, 1).data[0] > 128) number |= 1 << bit;
                    seen.push(`${number} ${host.dataset.time} ${host.dataset.overlayTime}`);
                    if (host.dataset.overlayTime) left--;
                    if (seen.length < count || left > 0) video.requestVideoFrameCallback(look); else done(seen);
                };
                video.requestVideoFrameCallback(look);
            })
            """, new[] { count, boxed, NumberedVideo.Bits, NumberedVideo.Square });
        return [.. lines.Select(line => line.Split(' ')).Select(parts => (
            int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture),
            parts[2].Length > 0 ? long.Parse(parts[2], CultureInfo.InvariantCulture) : (long?)null))];
    }

    private static async Task SeekAsync(IPage page, long time)
    {
        await page.Locator("[data-act=play]").ClickAsync();
        var place = (await page.Locator(".replay-timeline").BoundingBoxAsync())!.Width;
        // The view was opened five minutes round the time that was asked for.
        var begun = new Uri(page.Url).Query.Split("at=")[1];
        var viewFrom = long.Parse(begun, CultureInfo.InvariantCulture) - 300 * Second;
        await page.Locator(".replay-timeline").ClickAsync(new() { Position = new Position { X = (float)((time - viewFrom) / 1e6 / 600 * place), Y = 60 } });
        // A pixel is more than half a second there.
        await page.WaitForFunctionAsync(
            "time => Math.abs(Number(document.querySelector('[data-replay]').dataset.time) - time) < 2e6", time, new() { Timeout = (float)Patience.TotalMilliseconds });
    }

    private static async Task ExportAsync(SiteProcess site, IPage page)
    {
        var view = (await page.Locator(".replay-timeline").BoundingBoxAsync())!;
        var at = (float)(view.X + view.Width / 2);
        await page.Mouse.MoveAsync(at, view.Y + 60);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(at + 3, view.Y + 60);
        await page.Mouse.MoveAsync(at + 12, view.Y + 60);
        await page.Mouse.UpAsync();
        var export = page.Locator("[data-act=export]");
        await Assertions.Expect(export).ToBeVisibleAsync();
        var file = Path.Combine(site.Folder, "export.mp4");
        await File.WriteAllBytesAsync(file, await site.Http.GetByteArrayAsync((await export.GetAttributeAsync("href"))!));
        Assert.True(Probe.Of(file).Frames >= 20);
    }

    private static async Task ShootAsync(IPage page)
    {
        var folder = Environment.GetEnvironmentVariable("WEIR_SCREENSHOTS") ?? Parts.Output("screenshots");
        Directory.CreateDirectory(folder);
        await page.Locator("[data-range='600']").ClickAsync();
        await page.WaitForTimeoutAsync(1_500);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, "recordings.png"), FullPage = true });
    }

    /// <summary>How far a number is from where it should be, in a file that begins again at its end.</summary>
    private static double Apart(int number, double expected)
    {
        const int pictures = 795;
        var apart = Math.Abs(number - expected) % pictures;
        return Math.Min(apart, pictures - apart);
    }

    private static string Moment(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * 10).ToString("O", CultureInfo.InvariantCulture);

    private static long Micros(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static async Task RefusedAsync(HttpResponseMessage answer, int status, string says)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(says, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Where the streams are in Pravega.</summary>
    [Collection(SharedPravega.Name)]
    public sealed class OnPravega(SharedPravega pravega)
    {
        [Fact]
        public async Task Video_in_a_real_Pravega_is_replayed_exported_kept_and_let_go_by_retention()
        {
            var (site, _, _) = await pravega.StartSiteAsync("--no-demo");
            await using var ends = site;
            // About 3 MB a second: more than the least that a camera may keep, 16 MiB, within seconds.
            var video = Path.Combine(site.Folder, "noise.mp4");
            Ffmpeg.Run("-f", "lavfi", "-i", "testsrc2=s=640x480:r=10,noise=alls=100:allf=t+u", "-t", "3", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "10", "-b:v", "24M", "-maxrate", "24M", "-bufsize", "4M", video);
            await LiveAsync(site, new { url = video, loop = true, maxFrameRate = 1 });
            await site.PutAsync($"{Street}/recordings/settings", new { mode = "Continuous" });
            await RecordedAsync(site, 8);

            var first = await FirstAsync(site);
            var third = first + 5 * Second / 2;
            var (init, segments) = await PlaylistAsync(site, first, third);
            var file = Path.Combine(site.Folder, "replayed.mp4");
            await File.WriteAllBytesAsync(file, [.. await site.Http.GetByteArrayAsync(init), .. await site.Http.GetByteArrayAsync(segments[0])]);
            Assert.Equal(10, Probe.Of(file).Frames);
            await File.WriteAllBytesAsync(file, await site.Http.GetByteArrayAsync($"{Street}/recordings/export?from={first}&to={third}"));
            Assert.Equal(30, Probe.Of(file).Frames);
            using var kept = await site.Http.PostAsJsonAsync($"{Street}/recordings/windows", new { from = Moment(first), to = Moment(third) });
            var window = (await kept.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
            await Eventually.TrueAsync(
                async () => (await site.GetAsync($"{Street}/recordings/windows"))[0].GetProperty("isWhole").GetBoolean(), Patience, () => site.Output);

            var less = new { mode = "Off", maxBytes = 16 << 20 };
            using var asked = await site.Http.PostAsJsonAsync($"{Street}/recordings/retention/preview", less);
            var preview = await asked.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(preview.GetProperty("bytes").GetInt64() > 0 && preview.GetProperty("byAge").GetInt32() == 0, $"{preview}");
            Assert.Equal(first, await FirstAsync(site));
            await site.PutAsync($"{Street}/recordings/settings", less);
            using var applied = await site.Http.PostAsync($"{Street}/recordings/retention/apply", null);
            Assert.True(applied.IsSuccessStatusCode);

            Assert.True(await FirstAsync(site) >= Micros(preview.GetProperty("oldest").GetDateTimeOffset()));
            Assert.InRange((await site.GetAsync($"{Street}/recordings/retention")).GetProperty("keptBytes").GetInt64(), 8 << 20, 16 << 20);
            using var gone = await site.Http.GetAsync(segments[0]);
            Assert.Equal(System.Net.HttpStatusCode.NotFound, gone.StatusCode);
            await File.WriteAllBytesAsync(file, await site.Http.GetByteArrayAsync($"{Street}/recordings/windows/{window}/export?from={first}&to={third}"));
            Assert.Equal(30, Probe.Of(file).Frames);
            // Pravega itself has given the space back: the stream begins later.
            var stream = (await site.GetAsync("api/system")).GetProperty("streams").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "video/street");
            Assert.True(stream.GetProperty("bytes").GetInt64() <= 17 << 20, $"{stream}");
        }
    }
}
