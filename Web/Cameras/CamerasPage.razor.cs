using Microsoft.AspNetCore.Components;
using Radzen;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Web.Cameras;

/// <summary>All cameras of the site, a tile each.</summary>
public sealed partial class CamerasPage
{
    private IReadOnlyList<CameraStatus>? cameras;

    [Inject] private DialogService Dialogs { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    protected override async Task OnInitializedAsync()
    {
        cameras = (await Feed.Site.GetOverviewAsync()).Cameras;
        if (!RendererInfo.IsInteractive) return;
        Watch(Feed.WatchSite(overview =>
        {
            cameras = overview.Cameras;
            Redraw();
        }));
    }

    private async Task AddAsync()
    {
        if (await Dialogs.OpenAsync<AddCameraDialog>("Add a camera") is string id) Navigation.NavigateTo($"cameras/{id}");
    }
}
