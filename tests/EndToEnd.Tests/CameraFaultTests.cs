using System.Text.Json;
using Microsoft.Playwright;

namespace Weir.EndToEnd.Tests;

/// <summary>A camera that fails says so and why, comes back by itself, and hurts no other.</summary>
public sealed class CameraFaultTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_camera_whose_file_is_missing_shows_why_and_comes_back_when_the_file_does()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        var file = Path.Combine(site.Folder, "late.avi");
        await site.PutAsync("api/cameras/late", new { url = file, loop = true });
        await site.PutAsync("api/cameras/good", new { url = Parts.Video, loop = true });

        var page = await browser.OpenAsync(site, "cameras/late", Screen.Desktop);
        await Assertions.Expect(page.Locator(".live-veil")).ToContainTextAsync("late.avi");
        await Assertions.Expect(page.Locator(".live-veil")).ToContainTextAsync("since");
        await Eventually.TrueAsync(
            async () => HasAlarm(await site.GetAsync("api/alarms"), "camera/late", cleared: false), Patience, () => "No alarm was raised.");
        await StateAsync(site, "good", "Live");

        File.Copy(Parts.Video, file);

        await StateAsync(site, "late", "Live");
        await page.WaitForSelectorAsync(".live[data-frame]", new() { Timeout = (float)Patience.TotalMilliseconds });
        await Assertions.Expect(page.Locator(".live-veil")).ToHaveCountAsync(0);
        await Eventually.TrueAsync(
            async () => HasAlarm(await site.GetAsync("api/alarms"), "camera/late", cleared: true), Patience, () => "The alarm was not cleared.");
    }

    [Fact]
    public async Task A_camera_whose_ffmpeg_is_killed_shows_it_and_goes_on()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/cameras/street", new { url = Parts.Video, loop = true });
        await StateAsync(site, "street", "Live");
        var page = await browser.OpenAsync(site, "cameras/street", Screen.Desktop);
        await page.WaitForSelectorAsync(".live[data-frame]");
        var before = site.Children();
        Assert.NotEmpty(before);

        foreach (var child in before) System.Diagnostics.Process.GetProcessById(child).Kill();

        await Assertions.Expect(page.Locator(".live-veil")).ToContainTextAsync("since");
        await Eventually.TrueAsync(
            async () => (await CameraAsync(site, "street")).GetProperty("restarts").GetInt64() > 0, Patience, () => site.Output);
        await StateAsync(site, "street", "Live");
        await Assertions.Expect(page.Locator(".live-veil")).ToHaveCountAsync(0);
        Assert.Empty(site.Children().Intersect(before));
    }

    [Fact]
    public async Task A_password_in_a_source_is_on_no_answer_and_in_no_log()
    {
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await site.PutAsync("api/cameras/secret", new { url = $"rtsp://admin:hunter2@127.0.0.1:{FreePort.Next()}/live" });
        await StateAsync(site, "secret", "Failed");

        foreach (var path in new[] { "api/cameras", "api/cameras/secret", "api/site", "api/alarms", "cameras/secret", "cameras" })
            Assert.DoesNotContain("hunter2", await site.Http.GetStringAsync(path), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", site.Output, StringComparison.Ordinal);
    }

    private static Task StateAsync(SiteProcess site, string camera, string state)
    {
        var last = "";
        return Eventually.TrueAsync(
            async () => (last = (await CameraAsync(site, camera)).GetProperty("state").GetString()!) == state,
            Patience, () => $"The camera '{camera}' is {last}, not {state}.\n{site.Output}");
    }

    private static Task<JsonElement> CameraAsync(SiteProcess site, string camera) => site.GetAsync($"api/cameras/{camera}");

    private static bool HasAlarm(JsonElement alarms, string source, bool cleared) =>
        alarms.EnumerateArray().Any(alarm => alarm.GetProperty("source").GetString() == source
            && (alarm.GetProperty("cleared").ValueKind != JsonValueKind.Null) == cleared);
}
