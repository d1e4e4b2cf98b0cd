using Weir.Grains.Interfaces.Cameras;
using Weir.Web.Cameras;
using Weir.Web.Components;

namespace Weir.Web.Tests.Cameras;

public sealed class CameraFormTests
{
    private static readonly CameraSettings Settings = new()
    {
        Url = "rtsp://***@cam/1", Name = "Gate", Threshold = 0.5f, Classes = ["person", "car"], Transport = VideoTransport.Udp, GiveUpAfter = 7,
        Motion = new MotionSettings { HoldSeconds = 9 }, KeepEvidence = false, WatchView = false,
        Zones = [new ZoneSettings { Name = "yard", Points = [new(0, 0), new(1, 0), new(1, 1)], Classes = ["car"], CountOver = 2, LeftSeconds = 30 }],
        Lines = [new LineSettings { Name = "path", From = new(0, 0.5f), To = new(1, 0.5f) }],
        Cascades = [new CascadeSettings { Name = "wear", Classes = ["person"], Models = ["helmets"] }],
    };

    [Fact]
    public void What_nobody_changes_stays_as_it_is()
    {
        var kept = new CameraForm(Settings).ToSettings();

        Assert.Equivalent(Settings, kept, strict: true);
    }

    [Fact]
    public void Plates_and_faces_are_cascades_beside_those_that_are_there()
    {
        var form = new CameraForm(Settings) { ReadsPlates = true, FindsFaces = true };

        var set = form.ToSettings();
        Assert.Equal(["wear", "plate", "face"], set.Cascades.Select(cascade => cascade.Name));
        Assert.Equal(["text-find", "text-direction", "text-read"], set.Cascades[1].Models);

        var again = new CameraForm(set);
        Assert.True(again.ReadsPlates && again.FindsFaces);
        again.ReadsPlates = again.FindsFaces = false;
        Assert.Equal(["wear"], again.ToSettings().Cascades.Select(cascade => cascade.Name));
    }

    [Fact]
    public void What_is_drawn_has_a_free_name_and_can_be_moved_and_turned()
    {
        var form = new CameraForm(Settings with { Zones = [Settings.Zones[0] with { Name = "zone 1" }] });

        form.Add(new SceneShape("zone", "", [new(0, 0), new(0.5f, 0), new(0.5f, 0.5f)]));
        form.Add(new SceneShape("mask", "", [new(0, 0), new(0.1f, 0), new(0.1f, 0.1f)]));
        form.Add(new SceneShape("line", "", [new(0.2f, 0.2f), new(0.8f, 0.8f)]));
        form.Move((4, [new(0.3f, 0.2f), new(0.8f, 0.8f)]));
        form.Lines[1].Turn();

        Assert.Equal(["zone 1", "zone 2", "mask 1", "path", "line 1"], form.Shapes.Select(shape => shape.Name));
        var set = form.ToSettings();
        Assert.True(set.Zones[2].IsMask);
        Assert.Equal((new PicturePoint(0.8f, 0.8f), new PicturePoint(0.3f, 0.2f)), (set.Lines[1].From, set.Lines[1].To));
    }
}
