using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Transfers;
using Weir.Web.Live;

namespace Weir.Web.History;

/// <summary>Searches that send out what is kept, and files that have come from other sites.</summary>
public sealed partial class TransfersPanel
{
    private const int MostShown = 50;
    private const int MostRecords = 20;

    private IReadOnlyList<SearchStatus> searches = [];
    private IReadOnlyList<TransferredFile> files = [];
    private IReadOnlyList<TransferRecord> record = [];
    private Ticker? ticker;

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    /// <inheritdoc/>
    public void Dispose() => ticker?.Dispose();

    protected override async Task OnInitializedAsync()
    {
        await LookAsync();
        if (RendererInfo.IsInteractive) ticker = new Ticker(() => InvokeAsync(LookAndShowAsync));
    }

    private static string Badge(SearchState state) => state switch
    {
        SearchState.Running or SearchState.Done => "good",
        SearchState.Failed => "bad",
        _ => "warn",
    };

    private static string Badge(string state) => state switch
    {
        "running" or "done" => "good",
        "failed" => "bad",
        _ => "warn",
    };

    private async Task CancelAsync(string id)
    {
        await Feed.Transfers.CancelSearchAsync(id);
        await LookAsync();
    }

    private async Task DeleteAsync(TransferredFile file)
    {
        await Feed.Transfers.DeleteFileAsync(file.Client, file.Id);
        await LookAsync();
    }

    private async Task LookAsync()
    {
        searches = [.. (await Feed.Transfers.ListSearchesAsync()).Take(MostShown)];
        files = [.. (await Feed.Transfers.ListFilesAsync()).Take(MostShown)];
        try
        {
            record = (await Feed.Transfers.QueryRecordAsync(new TransferQuery { Limit = MostRecords })).Transfers;
        }
        catch (Exception)
        {
            // The database is away, as the System page says; what goes on is shown all the same.
        }
    }

    private async Task LookAndShowAsync()
    {
        await LookAsync();
        StateHasChanged();
    }
}
