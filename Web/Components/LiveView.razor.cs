using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Weir.Grains.Interfaces.Cameras;
using Weir.Web.Live;

namespace Weir.Web.Components;

/// <summary>
/// The live picture of a camera with the boxes of exactly that frame over it. The browser is told of a frame at most
/// <see cref="MaxRate"/> times a second; it loads the picture and shows picture and boxes together.
/// </summary>
public sealed partial class LiveView
{
    private ElementReference figure;
    private IJSObjectReference? module;
    private Throttle? show;
    private FrameDetections? newest;
    private CameraStatus? status;

    /// <summary>The camera's id.</summary>
    [Parameter, EditorRequired] public string Camera { get; set; } = "";

    /// <summary>Most pictures a second.</summary>
    [Parameter] public double MaxRate { get; set; } = 10;

    /// <summary>Is told of every frame, for the page around the picture.</summary>
    [Parameter] public Action<FrameDetections>? OnFrame { get; set; }

    /// <summary>Is told of the camera's status, for the page around the picture.</summary>
    [Parameter] public Action<CameraStatus>? OnStatus { get; set; }

    /// <summary>Is told of what happens in the scene, for the page around the picture.</summary>
    [Parameter] public Action<SceneEvent>? OnSceneEvent { get; set; }

    [Inject] private IJSRuntime Script { get; set; } = null!;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        module = await Script.InvokeAsync<IJSObjectReference>("import", "./_content/Weir.Web/js/live-view.js");
        show = new Throttle(TimeSpan.FromSeconds(1 / MaxRate), () => InvokeAsync(ShowAsync));
        Watch(Feed.WatchCamera(Camera, TakeFrame, TakeStatus, OnSceneEvent));
    }

    protected override async ValueTask CloseAsync()
    {
        show?.Dispose();
        try
        {
            if (module is not null) await module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and its modules with it.
        }
    }

    private void TakeFrame(FrameDetections frame)
    {
        newest = frame;
        OnFrame?.Invoke(frame);
        show?.Request();
    }

    private void TakeStatus(CameraStatus told)
    {
        var changed = status?.State != told.State || status?.Reason != told.Reason;
        status = told;
        OnStatus?.Invoke(told);
        if (changed) Redraw();
    }

    private async Task ShowAsync()
    {
        if (newest is not { } frame || module is null) return;
        await module.InvokeVoidAsync("show", figure, new
        {
            url = $"api/cameras/{Uri.EscapeDataString(frame.Camera)}/frames/{frame.FrameNumber}.jpg",
            number = frame.FrameNumber,
            mediaTime = frame.MediaTime,
            boxes = frame.Detections.Select(d => new
            {
                name = d.Class, score = d.Score, track = d.Track,
                says = string.Join(", ", d.Attributes.Where(a => a.Value != a.Name).Select(a => a.Value)),
                left = d.Box.Left, top = d.Box.Top, right = d.Box.Right, bottom = d.Box.Bottom,
            }),
        });
    }
}
