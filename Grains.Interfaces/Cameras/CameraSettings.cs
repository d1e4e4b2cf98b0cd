namespace Weir.Grains.Interfaces.Cameras;

/// <summary>What a person sets of a camera.</summary>
[GenerateSerializer, Immutable, Alias("weir.CameraSettings")]
public sealed record CameraSettings
{
    /// <summary>
    /// The source: an address that ffmpeg understands (<c>rtsp://</c>, <c>http://</c> …) or the path of a file.
    /// A user and password in it never leave the site: status, logs and pages show it without them.
    /// </summary>
    [Id(0)] public required string Url { get; init; }

    /// <summary>What pages call it; the camera's id where it is null.</summary>
    [Id(1)] public string? Name { get; init; }

    /// <summary>Whether a file begins anew at its end.</summary>
    [Id(2)] public bool Loop { get; init; }

    /// <summary>Most frames a second to decode and look at, 0.1 to 120; null takes every frame.</summary>
    [Id(3)] public double? MaxFrameRate { get; init; }

    /// <summary>Least score of a detection that counts, 0 to 1; null takes the model's own.</summary>
    [Id(4)] public float? Threshold { get; init; }

    /// <summary>Whether the camera runs. A camera that does not keeps its settings and its history.</summary>
    [Id(5)] public bool Enabled { get; init; } = true;

    /// <summary>The model that looks at the frames, by the name of its folder; null takes the site's own.</summary>
    [Id(6)] public string? Model { get; init; }

    /// <summary>The classes that are told of; none for all that the model knows.</summary>
    [Id(7)] public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>When the model may rest because nothing moves; null for never.</summary>
    [Id(8)] public MotionSettings? Motion { get; init; }

    /// <summary>Areas of the picture, and what is told of them; at most 32.</summary>
    [Id(9)] public IReadOnlyList<ZoneSettings> Zones { get; init; } = [];

    /// <summary>Lines across the picture; at most 32.</summary>
    [Id(10)] public IReadOnlyList<LineSettings> Lines { get; init; } = [];

    /// <summary>Other models that look at the objects that were found; at most 8.</summary>
    [Id(11)] public IReadOnlyList<CascadeSettings> Cascades { get; init; } = [];

    /// <summary>Whether it is told when the camera has moved or is covered.</summary>
    [Id(12)] public bool WatchView { get; init; } = true;

    /// <summary>How RTSP carries the video.</summary>
    [Id(13)] public VideoTransport Transport { get; init; }

    /// <summary>How often in a row the source may fail before it is given up, 1 to 1,000,000; null tries for ever.</summary>
    [Id(14)] public int? GiveUpAfter { get; init; }

    /// <summary>
    /// Whether pictures are kept as evidence: the best of each track, cut out and as a whole, and the frame of each scene
    /// event but those of zones and lines that are only passed.
    /// </summary>
    [Id(15)] public bool KeepEvidence { get; init; } = true;
}

/// <summary>How RTSP carries the video.</summary>
public enum VideoTransport
{
    /// <summary>Within the control connection: nothing is lost.</summary>
    Tcp,

    /// <summary>As datagrams: less delay on a good network.</summary>
    Udp,
}

/// <summary>When a camera's model may rest because nothing moves.</summary>
[GenerateSerializer, Immutable, Alias("weir.MotionSettings")]
public sealed record MotionSettings
{
    /// <summary>The least part of the picture that must have changed, 0.0001 to 1.</summary>
    [Id(0)] public double LeastArea { get; init; } = 0.0025;

    /// <summary>How much brighter or darker a place must have become, 2 to 128 of 255; where the picture is noisy more is needed by itself.</summary>
    [Id(1)] public int LeastChange { get; init; } = 12;

    /// <summary>How long the model goes on looking after the last motion, in seconds, 0 to 600.</summary>
    [Id(2)] public double HoldSeconds { get; init; } = 2;

    /// <summary>How often the model looks while nothing moves, in seconds, 0.5 to 3,600.</summary>
    [Id(3)] public double LookEverySeconds { get; init; } = 10;
}

/// <summary>A place on the picture: 0 is the left or upper edge, 1 the right or lower one.</summary>
[GenerateSerializer, Immutable, Alias("weir.PicturePoint")]
public readonly record struct PicturePoint([property: Id(0)] float X, [property: Id(1)] float Y);

/// <summary>An area of the picture, and what is told of it. An object stands where the middle of its lower edge is.</summary>
[GenerateSerializer, Immutable, Alias("weir.ZoneSettings")]
public sealed record ZoneSettings
{
    /// <summary>Its name, 1 to 64 characters, unique among zones and lines.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Its corners in order, 3 to 64.</summary>
    [Id(1)] public required IReadOnlyList<PicturePoint> Points { get; init; }

    /// <summary>Whether it is a mask: what stands in it is not told of, and motion in it does not count.</summary>
    [Id(2)] public bool IsMask { get; init; }

    /// <summary>The classes that it is for; none for all.</summary>
    [Id(3)] public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Whether it is told when an object comes into it and leaves it.</summary>
    [Id(4)] public bool EnterAndLeave { get; init; } = true;

    /// <summary>How long an object may stay in it before that is told, in seconds, 1 to 86,400; null for any time.</summary>
    [Id(5)] public double? LoiteringSeconds { get; init; }

    /// <summary>How many objects may be in it at a time before that is told, 0 to 1,000; null for any number.</summary>
    [Id(6)] public int? CountOver { get; init; }

    /// <summary>How long a bag or another thing may stand in it with no person near before that is told, in seconds, 1 to 86,400; null for ever.</summary>
    [Id(7)] public double? LeftSeconds { get; init; }
}

/// <summary>A line across the picture.</summary>
[GenerateSerializer, Immutable, Alias("weir.LineSettings")]
public sealed record LineSettings
{
    /// <summary>Its name, 1 to 64 characters, unique among zones and lines.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Where it begins.</summary>
    [Id(1)] public PicturePoint From { get; init; }

    /// <summary>Where it ends. Who comes from its left, as one looks from its beginning to its end, goes <c>in</c>; who comes from its right goes <c>out</c>.</summary>
    [Id(2)] public PicturePoint To { get; init; }

    /// <summary>The classes that it is for; none for all.</summary>
    [Id(3)] public IReadOnlyList<string> Classes { get; init; } = [];
}

/// <summary>Other models that look at what a camera's model has found; what they find is an attribute of the object.</summary>
[GenerateSerializer, Immutable, Alias("weir.CascadeSettings")]
public sealed record CascadeSettings
{
    /// <summary>Name of the attribute, 1 to 64 characters.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>The classes of the objects that are looked at, at least one.</summary>
    [Id(1)] public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>
    /// The models, 1 to 8, each on what the one before has left: one that finds boxes narrows the part of the picture to its
    /// best one; a classifier of <c>0</c> and <c>180</c> turns it; another classifier or a reader of text gives the value.
    /// </summary>
    [Id(2)] public required IReadOnlyList<string> Models { get; init; }

    /// <summary>How much the object's box is grown on each side, as a part of its size, 0 to 1.</summary>
    [Id(3)] public float Margin { get; init; } = 0.05f;

    /// <summary>The least width of the object in pixels of the full picture, 1 to 4,096.</summary>
    [Id(4)] public int LeastWidth { get; init; } = 32;

    /// <summary>How often an object is looked at again, in seconds, 0 to 3,600; its best attribute so far stays on it.</summary>
    [Id(5)] public double EverySeconds { get; init; } = 1;
}
