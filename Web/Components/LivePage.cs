using Microsoft.AspNetCore.Components;
using Weir.Web.Live;

namespace Weir.Web.Components;

/// <summary>
/// A component over live data: it is told of changes on any thread, keeps the newest, and draws itself at most a few
/// times a second. What it watches ends with it.
/// </summary>
public abstract class LivePage : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(250);

    private readonly List<IAsyncDisposable> watched = [];
    private readonly Throttle redraw;

    protected LivePage() => redraw = new Throttle(RedrawEvery, () => InvokeAsync(StateHasChanged));

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    /// <summary>Asks for the component to be drawn again soon. May be called from any thread.</summary>
    protected void Redraw() => redraw.Request();

    /// <summary>Ends this subscription when the component goes.</summary>
    protected void Watch(IAsyncDisposable subscription) => watched.Add(subscription);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        redraw.Dispose();
        foreach (var subscription in watched) await subscription.DisposeAsync();
        await CloseAsync();
    }

    /// <summary>For what a component holds beside its subscriptions.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
}
