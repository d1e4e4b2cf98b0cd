using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Weir.EndToEnd.Tests;

/// <summary>Cameras watched live as MJPEG: by plain HTTP, by ffmpeg in place of a video player, and by a browser.</summary>
public sealed class LiveViewTests(Browser browser) : IClassFixture<Browser>
{
    private const string Street = "api/cameras/street";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_viewer_gets_every_picture_at_once_a_slow_one_the_newest_and_all_end_with_the_camera()
    {
        await using var site = await StartAsync();
        using var quick = await MjpegViewer.OpenAsync(site, $"{Street}/live.mjpeg");
        using var slow = await MjpegViewer.OpenAsync(site, $"{Street}/live.mjpeg");
        Assert.NotNull(await slow.NextAsync());
        Assert.Contains("weir_live_viewers 2", await site.Http.GetStringAsync("metrics"), StringComparison.Ordinal);

        // The slow viewer takes nothing for as long as this lasts.
        var (seen, delays) = (new List<MjpegPart>(), new List<double>());
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(4);)
        {
            var part = (await quick.NextAsync())!;
            seen.Add(part);
            delays.Add((DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds - part.IngestSeconds);
        }
        var (first, last) = (seen[0], seen[^1]);
        Assert.True(seen.Count >= 20, $"{seen.Count} pictures came of {last.Frame - first.Frame + 1}.");
        Assert.All(seen, part => Assert.True(part.Jpeg is [0xFF, 0xD8, .., 0xFF, 0xD9]));
        // Pictures carry the number of their frame, so they are the frames that they say they are.
        Assert.Equal(last.Frame - first.Frame, NumberedVideo.NumberOf(last.Jpeg) - NumberedVideo.NumberOf(first.Jpeg));
        Assert.InRange(delays.Order().ElementAt(delays.Count / 2), -0.05, 0.3);

        var late = new List<MjpegPart>();
        while (late.Count < 20) late.Add((await slow.NextAsync())!);
        var jump = late.Zip(late.Skip(1)).Max(pair => pair.Second.Frame - pair.First.Frame);
        Assert.True(jump >= 15, $"The slow viewer was shown {string.Join(", ", late.Select(part => part.Frame))}: old pictures instead of the newest.");

        using var removed = await site.Http.DeleteAsync(Street);
        Assert.True(removed.IsSuccessStatusCode);
        using var patience = new CancellationTokenSource(Patience);
        while (await quick.NextAsync().WaitAsync(patience.Token) is not null) { }
        while (await slow.NextAsync().WaitAsync(patience.Token) is not null) { }
        await Eventually.TrueAsync(
            async () => (await site.Http.GetStringAsync("metrics")).Contains("weir_live_viewers 0", StringComparison.Ordinal), Patience, () => "Viewers stay.");
    }

    [Fact]
    public async Task A_browser_and_a_player_watch_it_and_a_camera_that_has_ended_keeps_its_last_picture()
    {
        await using var site = await StartAsync();
        var still = Path.Combine(site.Folder, "still.avi");
        Ffmpeg.Run("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-c:v", "mjpeg", still);
        await site.PutAsync("api/cameras/still", new { url = still });
        await Eventually.TrueAsync(
            async () => (await site.GetAsync("api/cameras/still")).GetProperty("state").GetString() == "Stopped", Patience, () => site.Output);
        using var viewer = await MjpegViewer.OpenAsync(site, "api/cameras/still/live.mjpeg");
        var kept = (await viewer.NextAsync())!;

        Ffmpeg.Run("-f", "mpjpeg", "-i", new Uri(site.Http.BaseAddress!, $"{Street}/live.mjpeg").ToString(), "-frames:v", "5", "-f", "null", "-");
        await BrowserShowsItAsync(site);

        // Every ten seconds once more, so that a viewer that has gone is noticed.
        Assert.Equal(kept.Frame, (await viewer.NextAsync())!.Frame);
        Assert.Equal(10, kept.Frame);
    }

    [Fact]
    public async Task Viewers_are_limited_and_mistakes_are_told()
    {
        await using var site = await StartAsync(("Weir__LiveView__MaxViewersOfCamera", "1"));
        using (var only = await MjpegViewer.OpenAsync(site, $"{Street}/live.mjpeg?maxRate=2"))
        {
            var began = Stopwatch.StartNew();
            for (var i = 0; i < 3; i++) Assert.NotNull(await only.NextAsync());
            Assert.True(began.Elapsed > TimeSpan.FromSeconds(0.9), $"Three pictures at two a second took {began.Elapsed}.");
            await RefusedAsync(site, $"{Street}/live.mjpeg", HttpStatusCode.ServiceUnavailable, "Weir:LiveView:MaxViewersOfCamera");
        }
        await RefusedAsync(site, "api/cameras/none/live.mjpeg", HttpStatusCode.NotFound, "none");
        await RefusedAsync(site, $"{Street}/live.mjpeg?maxRate=0", HttpStatusCode.BadRequest, "maxRate must be between 0.1 and 60");

        // One that has hung up has made room.
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await site.Http.GetAsync($"{Street}/live.mjpeg", HttpCompletionOption.ResponseHeadersRead);
                return answer.IsSuccessStatusCode;
            },
            Patience, () => "A viewer that has gone is still counted.");
    }

    private static async Task<SiteProcess> StartAsync(params (string Name, string Value)[] settings)
    {
        var site = await SiteProcess.StartWithAsync(settings.ToDictionary(setting => setting.Name, setting => setting.Value), null, "--no-demo");
        await site.PutAsync(Street, new { url = NumberedVideo.Make(), loop = true });
        await Eventually.TrueAsync(
            async () => (await site.GetAsync(Street)).GetProperty("state").GetString() == "Live", Patience, () => site.Output);
        return site;
    }

    /// <summary>An <c>img</c> is all that it takes: the pictures in it go on.</summary>
    private async Task BrowserShowsItAsync(SiteProcess site)
    {
        var page = await browser.OpenAsync(site, "cameras/street", Screen.Desktop);
        var link = await page.Locator("[data-mjpeg]").GetAttributeAsync("href");
        var numbers = await page.EvaluateAsync<int[]>(
            """
            async ([link, bits, square]) => {
                const image = document.createElement('img'), canvas = document.createElement('canvas');
                image.src = link;
                document.body.append(image);
                const pen = canvas.getContext('2d', { willReadFrequently: true }), seen = new Set();
                const began = performance.now();
                while (seen.size < 4 && performance.now() - began < 30e3) {
                    await new Promise(done => setTimeout(done, 50));
                    if (!image.naturalWidth) continue;
                    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                    pen.drawImage(image, 0, 0);
                    let number = 0;
                    for (let bit = 0; bit < bits; bit++)
                        if (pen.getImageData(bit * square + square / 2, square / 2, 1, 1).data[0] > 128) number |= 1 << bit;
                    seen.add(number);
                }
                image.remove();
                return [...seen];
            }
            """, new object[] { link!, NumberedVideo.Bits, NumberedVideo.Square });
        Assert.True(numbers.Length >= 4, $"The browser shows only the pictures {string.Join(", ", numbers)}.");
        await page.Context.CloseAsync();
    }

    private static async Task RefusedAsync(SiteProcess site, string path, HttpStatusCode status, string says)
    {
        using var answer = await site.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(says, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
