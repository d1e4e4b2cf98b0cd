using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Radzen;
using Weir.Grains.Interfaces.Cameras;
using Weir.Web.Components;
using Weir.Web.Live;

namespace Weir.Web.Cameras;

/// <summary>One camera: its live picture, what is in it now, and over the last ten minutes.</summary>
public sealed partial class CameraPage
{
    private const int MostLines = 6;
    private const int MostEvents = 100;
    private static readonly TimeSpan ChartWindow = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource closing = new();
    private TimeChart? chart;
    private CameraStatus? status;
    private FrameDetections? frame;
    private IReadOnlyList<SceneEvent> events = [];
    private IReadOnlyList<(string Name, int Count, float Best)> counts = [];
    private Task charting = Task.CompletedTask;
    private bool unknown;

    /// <summary>The camera's id.</summary>
    [Parameter] public string Id { get; set; } = "";

    [Inject] private DialogService Dialogs { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    protected override async Task OnParametersSetAsync()
    {
        try
        {
            status = await Feed.Camera(Id).GetStatusAsync();
            events = await Feed.Camera(Id).GetSceneEventsAsync();
            unknown = false;
        }
        catch (KeyNotFoundException)
        {
            unknown = true;
        }
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender && !unknown) charting = DrawChartAsync();
    }

    protected override async ValueTask CloseAsync()
    {
        await closing.CancelAsync();
        await charting;
        closing.Dispose();
    }

    private void TakeStatus(CameraStatus told)
    {
        status = told;
        Redraw();
    }

    private void TakeEvent(SceneEvent happened)
    {
        // The page may have been told of it by the list already.
        if (events.Any(known => (known.FrameTime, known.Index) == (happened.FrameTime, happened.Index))) return;
        events = [happened, .. events.Take(MostEvents - 1)];
        Redraw();
    }

    private void TakeFrame(FrameDetections told)
    {
        frame = told;
        counts = [.. told.Detections.GroupBy(d => d.Class)
            .Select(group => (group.Key, group.Count(), group.Max(d => d.Score)))
            .OrderByDescending(row => row.Item2).ThenBy(row => row.Key, StringComparer.Ordinal)];
        Redraw();
    }

    private async Task DrawChartAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            do
            {
                var occupancy = await Feed.Analytics(Id).GetOccupancyAsync(ChartWindow);
                var start = occupancy.Start.ToUnixTimeSeconds();
                var lines = occupancy.Classes
                    .OrderByDescending(line => line.Values.Where(value => !double.IsNaN(value)).DefaultIfEmpty().Max())
                    .ThenBy(line => line.Class, StringComparer.Ordinal)
                    .Take(MostLines)
                    .Select(line => (line.Class, line.Values.Select(value => double.IsNaN(value) ? (double?)null : value)));
                await InvokeAsync(() => chart?.DrawAsync(Enumerable.Range(0, occupancy.Seconds).Select(i => start + i), lines) ?? Task.CompletedTask);
            }
            while (await timer.WaitForNextTickAsync(closing.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or JSDisconnectedException or ObjectDisposedException)
        {
            // The page has gone.
        }
    }

    private async Task RemoveAsync()
    {
        var sure = await Dialogs.Confirm(
            $"Remove the camera '{Id}'? What it has recorded stays until its own time is up, at cameras/{Id}/recordings.", "Remove a camera",
            new ConfirmOptions { OkButtonText = "Remove", CancelButtonText = "Keep" });
        if (sure != true) return;
        await Feed.Site.RemoveCameraAsync(Id, Feed.Who);
        Navigation.NavigateTo("cameras");
    }
}
