using Microsoft.AspNetCore.Components;

namespace Weir.Web.History;

/// <summary>What an exchange keeps, for those who work with it: SQL, its schema, replays; and what travels. The exchange stands in the address.</summary>
public sealed partial class HistoryPage
{
    private List<string> names = [];

    /// <summary>The exchange; the first where it is missing.</summary>
    [SupplyParameterFromQuery] public string? Exchange { get; set; }

    private string? Chosen => Exchange is { Length: > 0 } named ? names.FirstOrDefault(name => name == named) : names.Count > 0 ? names[0] : null;

    protected override async Task OnInitializedAsync()
    {
        names = NamesOf(await Feed.Site.GetOverviewAsync());
        if (!RendererInfo.IsInteractive) return;
        Watch(Feed.WatchSite(told =>
        {
            var now = NamesOf(told);
            if (now.SequenceEqual(names)) return;
            names = now;
            Redraw();
        }));
    }

    private static List<string> NamesOf(Weir.Grains.Interfaces.Sites.SiteOverview overview) => [.. overview.Exchanges.Select(exchange => exchange.Name)];
}
