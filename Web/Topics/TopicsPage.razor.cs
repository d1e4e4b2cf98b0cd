using Microsoft.AspNetCore.Components;
using Radzen;
using Weir.Grains.Interfaces.Exchanges;

namespace Weir.Web.Topics;

/// <summary>What the broker carries, topic by topic; the exchanges; and a query of one. The query stands in the address.</summary>
public sealed partial class TopicsPage
{
    private const int MostTopics = 100_000;
    private static readonly TimeSpan StandsStillAfter = TimeSpan.FromSeconds(30);

    private readonly TopicTree tree = new();
    private IReadOnlyList<ExchangeStatus> exchanges = [];
    private string? filter;
    private string endpoint = "";

    [Inject] private DialogService Dialogs { get; set; } = null!;

    /// <summary>The exchange to query.</summary>
    [SupplyParameterFromQuery] public string? Exchange { get; set; }

    /// <summary>Start of the query's range of time.</summary>
    [SupplyParameterFromQuery] public string? From { get; set; }

    /// <summary>End of the query's range of time.</summary>
    [SupplyParameterFromQuery] public string? To { get; set; }

    /// <summary>The one topic to query.</summary>
    [SupplyParameterFromQuery] public string? Topic { get; set; }

    /// <summary><c>desc</c> for the newest first.</summary>
    [SupplyParameterFromQuery] public string? Order { get; set; }

    protected override async Task OnInitializedAsync()
    {
        var overview = await Feed.Site.GetOverviewAsync();
        exchanges = overview.Exchanges;
        endpoint = overview.Broker.Endpoint;
        tree.Apply((await Feed.Broker.GetTopicsAsync(0, MostTopics)).Topics);
        if (!RendererInfo.IsInteractive) return;
        Watch(Feed.WatchTopics(changes => _ = InvokeAsync(() =>
        {
            tree.Apply(changes.Topics);
            Redraw();
        })));
        Watch(Feed.WatchSite(told =>
        {
            exchanges = told.Exchanges;
            Redraw();
        }));
    }

    private async Task EditAsync(string? name)
    {
        var settings = name is null ? null : await Feed.Exchange(name).GetSettingsAsync();
        await Dialogs.OpenAsync<ExchangeDialog>(
            name is null ? "Add an exchange" : $"Exchange {name}",
            new Dictionary<string, object?> { [nameof(ExchangeDialog.Name)] = name, [nameof(ExchangeDialog.Settings)] = settings });
    }

    private static bool Stands(ExchangeStatus exchange) =>
        exchange.Newest is not { } newest || DateTimeOffset.UtcNow - newest > StandsStillAfter;

    private static string QueryLink(string exchange) => $"topics?exchange={Uri.EscapeDataString(exchange)}";
}
