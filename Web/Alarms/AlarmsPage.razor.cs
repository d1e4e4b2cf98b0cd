using Weir.Grains.Interfaces.Alarms;
using Weir.Web.Live;

namespace Weir.Web.Alarms;

/// <summary>The alarms that stand or were raised of late, what each has gone through, and the rules that raise them.</summary>
public sealed partial class AlarmsPage
{
    private static readonly TimeSpan Shown = TimeSpan.FromDays(7);

    private IReadOnlyList<Alarm>? alarms;
    private IReadOnlyList<AlarmStep> history = [];
    private IReadOnlyList<string> evidence = [];
    private string? shown;
    private Ticker? ticker;

    protected override async Task OnInitializedAsync()
    {
        await LookAsync();
        if (RendererInfo.IsInteractive) ticker = new Ticker(() => InvokeAsync(LookAsync));
    }

    protected override ValueTask CloseAsync()
    {
        ticker?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task LookAsync()
    {
        alarms = await Feed.Alarms.ListAsync(DateTimeOffset.UtcNow - Shown);
        Redraw();
    }

    private async Task AcknowledgeAsync(Alarm alarm)
    {
        await Feed.Alarms.AcknowledgeAsync(alarm.Id, Feed.Who);
        await LookAsync();
        if (shown == alarm.Id) history = await Feed.Alarms.GetHistoryAsync(alarm.Id);
    }

    private async Task ShowAsync(Alarm alarm)
    {
        if (shown == alarm.Id)
        {
            shown = null;
            return;
        }
        history = await Feed.Alarms.GetHistoryAsync(alarm.Id);
        evidence = await Feed.Alarms.GetEvidenceAsync(alarm.Id);
        shown = alarm.Id;
    }
}
