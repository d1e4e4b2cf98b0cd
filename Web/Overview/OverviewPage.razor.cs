using Weir.Grains.Interfaces.Alarms;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Sites;

namespace Weir.Web.Overview;

/// <summary>The site at a glance: what runs, rates, alarms of the last hour, disk.</summary>
public sealed partial class OverviewPage
{
    private SiteOverview? overview;
    private int live;
    private int standing;
    private int diskShare;

    protected override async Task OnInitializedAsync()
    {
        Take(await Feed.Site.GetOverviewAsync());
        if (RendererInfo.IsInteractive) Watch(Feed.WatchSite(Take));
    }

    internal static string Kind(AlarmState state) => state switch
    {
        AlarmState.Active => "bad",
        AlarmState.Acknowledged => "warn",
        _ => "idle",
    };

    private void Take(SiteOverview told)
    {
        overview = told;
        live = told.Cameras.Count(camera => camera.State == CameraState.Live);
        standing = told.Alarms.Count(alarm => alarm.State != AlarmState.Cleared);
        diskShare = told.Disk.TotalBytes > 0 ? (int)(100 * (told.Disk.TotalBytes - told.Disk.FreeBytes) / told.Disk.TotalBytes) : 0;
        Redraw();
    }

    private async Task AcknowledgeAsync(Alarm alarm)
    {
        await Feed.Alarms.AcknowledgeAsync(alarm.Id, Feed.Who);
        Take(await Feed.Site.GetOverviewAsync());
    }
}
