using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Web.Live;

namespace Weir.Web.History;

/// <summary>Publishes a range of an exchange again, and shows how far that is.</summary>
public sealed partial class ReplayPanel
{
    private IReadOnlyList<ReplayStatus> replays = [];
    private DateTime from = DateTime.UtcNow.AddMinutes(-5);
    private DateTime to = DateTime.UtcNow;
    private string? topic;
    private string prefix = "replay";
    private double speed = 1;
    private string? fault;
    private bool busy;
    private Ticker? ticker;

    /// <summary>The exchange.</summary>
    [Parameter, EditorRequired] public string Exchange { get; set; } = "";

    [Inject] internal SiteFeed Feed { get; set; } = null!;

    /// <inheritdoc/>
    public void Dispose() => ticker?.Dispose();

    protected override async Task OnInitializedAsync()
    {
        await LookAsync();
        if (RendererInfo.IsInteractive) ticker = new Ticker(() => InvokeAsync(LookAndShowAsync));
    }

    private static string Badge(ReplayState state) => state switch
    {
        ReplayState.Running or ReplayState.Done => "good",
        ReplayState.Failed => "bad",
        _ => "warn",
    };

    private static long Micros(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private async Task StartAsync()
    {
        (busy, fault) = (true, null);
        try
        {
            await Feed.Replays.StartAsync(new ReplayRequest
            {
                Exchange = Exchange,
                Range = new MessageQuery { From = Micros(from), To = Micros(to), Topic = string.IsNullOrWhiteSpace(topic) ? null : topic.Trim() },
                Prefix = prefix.Trim(),
                Speed = speed == 0 ? null : speed,
            });
            await LookAsync();
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or IOException or TimeoutException)
        {
            fault = e.Message;
        }
        busy = false;
    }

    private async Task CancelAsync(string id)
    {
        await Feed.Replays.CancelAsync(id);
        await LookAsync();
    }

    private async Task LookAsync() => replays = [.. (await Feed.Replays.ListAsync()).Where(replay => replay.Request.Exchange == Exchange).Take(10)];

    private async Task LookAndShowAsync()
    {
        await LookAsync();
        StateHasChanged();
    }
}
