using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Weir.Grains.Interfaces.Recordings;
using Weir.Web.Live;
using Weir.Web.Text;

namespace Weir.Web.Recordings;

/// <summary>
/// What was recorded of a camera: a player with the detections over it, a timeline, windows and retention. The player works
/// in the browser by itself, over the HTTP API.
/// </summary>
public sealed partial class RecordingsPage
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource closing = new();
    private ElementReference host;
    private IJSObjectReference? module;
    private DotNetObjectReference<RecordingsPage>? self;
    private string? name;
    private string? fault;
    private RecordingStatus? status;
    private RecordingRetentionPreview? retention;
    private IReadOnlyList<RecordingWindow> windows = [];
    private Task looking = Task.CompletedTask;

    /// <summary>The camera's id.</summary>
    [Parameter] public string Id { get; set; } = "";

    /// <summary>The time to begin with, in µs since 1970 UTC.</summary>
    [SupplyParameterFromQuery(Name = "at")] public long? At { get; set; }

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    [Inject] private IJSRuntime Script { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        var settings = await Feed.Camera(Id).GetSettingsAsync();
        name = settings?.Name;
        await LoadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        self = DotNetObjectReference.Create(this);
        module = await Script.InvokeAsync<IJSObjectReference>("import", "./_content/Weir.Web/js/replay.js");
        await module.InvokeVoidAsync("open", host, Id, At, self);
        looking = LookAsync();
    }

    /// <summary>The person has asked for a marked range to be kept.</summary>
    [JSInvokable]
    public async Task KeepAsync(long from, long to)
    {
        try
        {
            fault = null;
            await Feed.Recording(Id).KeepWindowAsync(new WindowRequest { From = from, To = to });
            await LoadAsync();
        }
        catch (ArgumentException wrong)
        {
            fault = wrong.Message;
        }
        StateHasChanged();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await looking;
        closing.Dispose();
        self?.Dispose();
        try
        {
            if (module is null) return;
            await module.InvokeVoidAsync("close", host);
            await module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the player with it.
        }
    }

    private async Task LoadAsync()
    {
        var recording = Feed.Recording(Id);
        status = await recording.GetStatusAsync();
        retention = await recording.PreviewRetentionAsync(null);
        windows = await recording.ListWindowsAsync();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token)) await InvokeAsync(async () =>
            {
                await LoadAsync();
                StateHasChanged();
            });
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page has gone.
        }
    }

    private async Task ReleaseAsync(RecordingWindow window)
    {
        await Feed.Recording(Id).ReleaseWindowAsync(window.Id);
        await LoadAsync();
    }

    private string ExportOf(RecordingWindow window) =>
        FormattableString.Invariant($"api/cameras/{Uri.EscapeDataString(Id)}/recordings/windows/{window.Id}/export?from={window.From}&to={window.To}");

    private static string Goes(RecordingRetentionPreview preview) => preview.Fragments == 0
        ? "nothing just now"
        : $"{Say.Bytes(preview.Bytes)} up to {Say.Moment(preview.To!.Value)}, {(preview.ByAge == preview.Fragments ? "as it is old" : "as there is too much")}";

    private static string Badge(RecordingState state) => state switch
    {
        RecordingState.Recording => "good",
        RecordingState.Starting or RecordingState.Waiting => "busy",
        RecordingState.Failed => "bad",
        _ => "",
    };
}
