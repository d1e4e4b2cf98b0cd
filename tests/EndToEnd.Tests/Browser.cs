using Microsoft.Playwright;

namespace Weir.EndToEnd.Tests;

/// <summary>Debian's Chromium, headless; its shell without windows where that is installed. One for all tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Programs = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // Generous: a busy machine is slow, and what is waited for ends the wait.
    private const float PatienceMilliseconds = 30_000;

    private readonly List<IBrowserContext> contexts = [];
    private IPlaywright? playwright;
    private IBrowser? browser;
    private SiteProcess? shown;

    public async ValueTask InitializeAsync()
    {
        var program = Array.Find(Programs, File.Exists);
        Assert.SkipWhen(program is null, "No Chromium is installed; ./test.sh installs it where apt-get can.");
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            // A site needs nothing from outside, and neither does the browser that looks at it.
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        });
    }

    /// <summary>Opens a page of a site at a size of screen, and waits until it is alive.</summary>
    internal async Task<IPage> OpenAsync(SiteProcess site, string path, Screen screen, ColorScheme scheme = ColorScheme.Light, bool hasFonts = true)
    {
        // Pages of a site that has gone would go on asking for it, on the cores that this one needs.
        if (shown != site)
        {
            foreach (var past in contexts) await past.CloseAsync();
            contexts.Clear();
            shown = site;
        }
        var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = screen.Width, Height = screen.Height },
            DeviceScaleFactor = screen.Scale,
            IsMobile = screen.IsPhone,
            HasTouch = screen.IsPhone,
            ColorScheme = scheme,
            BaseURL = site.Http.BaseAddress!.ToString(),
        });
        if (scheme == ColorScheme.Dark)
        {
            await context.AddCookiesAsync([new Cookie { Name = "weir-theme", Value = "standard-dark", Url = site.Http.BaseAddress.ToString() }]);
        }
        contexts.Add(context);
        if (!hasFonts) await context.RouteAsync("**/*.woff2", route => route.AbortAsync());
        context.SetDefaultTimeout(PatienceMilliseconds);
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);
        await page.WaitForSelectorAsync(".shell[data-alive]");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}

/// <summary>A size of screen that people look at pages with.</summary>
internal sealed record Screen(string Name, int Width, int Height, float Scale, bool IsPhone)
{
    public static readonly Screen Desktop = new("desktop", 1360, 850, 1, false);
    public static readonly Screen Phone = new("phone", 390, 844, 2, true);

    public static Screen Of(string name) => name == Phone.Name ? Phone : Desktop;
}
