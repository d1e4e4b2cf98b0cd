using Weir.Grains.Interfaces.Cameras;
using Weir.Web.Components;

namespace Weir.Web.Cameras;

/// <summary>The settings of a camera while a person changes them. What the page does not show stays as it is.</summary>
internal sealed class CameraForm
{
    private static readonly CascadeSettings Plates = new()
    {
        Name = "plate", Classes = ["car", "truck", "bus"], Models = ["text-find", "text-direction", "text-read"], LeastWidth = 80,
    };

    private static readonly CascadeSettings Faces = new() { Name = "face", Classes = ["person"], Models = ["faces"], LeastWidth = 48 };

    private readonly CameraSettings settings;

    public CameraForm(CameraSettings settings)
    {
        this.settings = settings;
        (Url, Name, Enabled, Loop, KeepEvidence, WatchView) = (settings.Url, settings.Name, settings.Enabled, settings.Loop, settings.KeepEvidence, settings.WatchView);
        (MaxFrameRate, Threshold, Model, HasMotion) = (settings.MaxFrameRate, settings.Threshold, settings.Model ?? "", settings.Motion is not null);
        Udp = settings.Transport == VideoTransport.Udp;
        Classes = Text(settings.Classes);
        ReadsPlates = settings.Cascades.Any(cascade => cascade.Name == Plates.Name);
        FindsFaces = settings.Cascades.Any(cascade => cascade.Name == Faces.Name);
        Zones = [.. settings.Zones.Select(zone => new ZoneForm(zone))];
        Lines = [.. settings.Lines.Select(line => new LineForm(line))];
    }

    public string Url { get; set; }

    public string? Name { get; set; }

    public bool Enabled { get; set; }

    public bool Loop { get; set; }

    public bool Udp { get; set; }

    public double? MaxFrameRate { get; set; }

    public float? Threshold { get; set; }

    public string Model { get; set; }

    public string Classes { get; set; }

    public bool HasMotion { get; set; }

    public bool WatchView { get; set; }

    public bool KeepEvidence { get; set; }

    public bool ReadsPlates { get; set; }

    public bool FindsFaces { get; set; }

    public List<ZoneForm> Zones { get; }

    public List<LineForm> Lines { get; }

    /// <summary>What is drawn on the picture: zones first, then lines.</summary>
    public IReadOnlyList<SceneShape> Shapes =>
    [
        .. Zones.Select(zone => new SceneShape(zone.IsMask ? "mask" : "zone", zone.Name, zone.Points)),
        .. Lines.Select(line => new SceneShape("line", line.Name, [line.From, line.To])),
    ];

    /// <summary>Takes in what a person has drawn, under a name that is free.</summary>
    public void Add(SceneShape shape)
    {
        var taken = Zones.Select(zone => zone.Name).Concat(Lines.Select(line => line.Name)).ToHashSet(StringComparer.Ordinal);
        var name = Enumerable.Range(1, taken.Count + 1).Select(n => $"{shape.Kind} {n}").First(name => !taken.Contains(name));
        if (shape.Kind == "line") Lines.Add(new LineForm(new LineSettings { Name = name, From = shape.Points[0], To = shape.Points[1] }));
        else Zones.Add(new ZoneForm(new ZoneSettings { Name = name, Points = shape.Points, IsMask = shape.Kind == "mask" }));
    }

    /// <summary>Takes in where a person has dragged a corner to.</summary>
    public void Move((int Shape, IReadOnlyList<PicturePoint> Points) moved)
    {
        if (moved.Shape < Zones.Count) Zones[moved.Shape].Points = moved.Points;
        else if (moved.Shape - Zones.Count < Lines.Count) (Lines[moved.Shape - Zones.Count].From, Lines[moved.Shape - Zones.Count].To) = (moved.Points[0], moved.Points[1]);
    }

    public CameraSettings ToSettings() => settings with
    {
        Url = Url.Trim(),
        Name = string.IsNullOrWhiteSpace(Name) ? null : Name.Trim(),
        Enabled = Enabled,
        Loop = Loop,
        Transport = Udp ? VideoTransport.Udp : VideoTransport.Tcp,
        MaxFrameRate = MaxFrameRate,
        Threshold = Threshold,
        Model = Model.Length == 0 ? null : Model,
        Classes = Words(Classes),
        Motion = HasMotion ? settings.Motion ?? new MotionSettings() : null,
        WatchView = WatchView,
        KeepEvidence = KeepEvidence,
        Cascades =
        [
            .. settings.Cascades.Where(cascade => cascade.Name == Plates.Name ? ReadsPlates : cascade.Name != Faces.Name || FindsFaces),
            .. ReadsPlates && settings.Cascades.All(cascade => cascade.Name != Plates.Name) ? [Plates] : Array.Empty<CascadeSettings>(),
            .. FindsFaces && settings.Cascades.All(cascade => cascade.Name != Faces.Name) ? [Faces] : Array.Empty<CascadeSettings>(),
        ],
        Zones = [.. Zones.Select(zone => zone.ToSettings())],
        Lines = [.. Lines.Select(line => line.ToSettings())],
    };

    internal static string Text(IReadOnlyList<string> words) => string.Join(", ", words);

    internal static IReadOnlyList<string> Words(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A zone while a person changes it.</summary>
internal sealed class ZoneForm(ZoneSettings zone)
{
    public string Name { get; set; } = zone.Name;

    public IReadOnlyList<PicturePoint> Points { get; set; } = zone.Points;

    public bool IsMask { get; } = zone.IsMask;

    public string Classes { get; set; } = CameraForm.Text(zone.Classes);

    public bool EnterAndLeave { get; set; } = zone.EnterAndLeave;

    public double? LoiteringSeconds { get; set; } = zone.LoiteringSeconds;

    public int? CountOver { get; set; } = zone.CountOver;

    public double? LeftSeconds { get; set; } = zone.LeftSeconds;

    public ZoneSettings ToSettings() => zone with
    {
        Name = Name.Trim(), Points = Points, Classes = CameraForm.Words(Classes), EnterAndLeave = EnterAndLeave,
        LoiteringSeconds = LoiteringSeconds, CountOver = CountOver, LeftSeconds = LeftSeconds,
    };
}

/// <summary>A line while a person changes it.</summary>
internal sealed class LineForm(LineSettings line)
{
    public string Name { get; set; } = line.Name;

    public PicturePoint From { get; set; } = line.From;

    public PicturePoint To { get; set; } = line.To;

    public string Classes { get; set; } = CameraForm.Text(line.Classes);

    /// <summary>What went in goes out from now on.</summary>
    public void Turn() => (From, To) = (To, From);

    public LineSettings ToSettings() => line with { Name = Name.Trim(), From = From, To = To, Classes = CameraForm.Words(Classes) };
}
