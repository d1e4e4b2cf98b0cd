using Weir.Grains.Interfaces.Sites;

namespace Weir.Web.SystemPages;

/// <summary>What lies beneath the site: silo, grains by type, streams with their readers.</summary>
public sealed partial class SystemPage
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource closing = new();
    private SystemStatus? system;
    private Task asking = Task.CompletedTask;

    protected override async Task OnInitializedAsync()
    {
        system = await Feed.Site.GetSystemAsync();
        if (RendererInfo.IsInteractive) asking = AskAsync();
    }

    protected override async ValueTask CloseAsync()
    {
        await closing.CancelAsync();
        await asking;
        closing.Dispose();
    }

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(AskEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token))
            {
                system = await Feed.Site.GetSystemAsync();
                Redraw();
            }
        }
        catch (OperationCanceledException)
        {
            // The page has gone.
        }
    }
}
