using Microsoft.AspNetCore.Components;
using Weir.Grains.Interfaces.Models;

namespace Weir.Web.Cameras;

/// <summary>What is set of a camera, with its zones and lines drawn on its picture.</summary>
public sealed partial class CameraSettingsPage
{
    private readonly long opened = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private CameraForm? form;
    private IReadOnlyList<ModelStatus> models = [];
    private string? fault;
    private bool unknown;
    private bool saving;
    private bool saved;

    /// <summary>The camera's id.</summary>
    [Parameter] public string Id { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        models = await Feed.Models.ListAsync();
        var settings = await Feed.Camera(Id).GetSettingsAsync();
        unknown = settings is null;
        form = settings is null ? null : new CameraForm(settings);
    }

    private async Task SaveAsync()
    {
        (saving, saved, fault) = (true, false, null);
        try
        {
            await Feed.Site.PutCameraAsync(Id, form!.ToSettings(), Feed.Who);
            saved = true;
        }
        catch (ArgumentException wrong)
        {
            fault = wrong.Message;
        }
        finally
        {
            saving = false;
        }
    }
}
