namespace Weir.Vision.Scene;

/// <summary>What is told of a camera's scene beside what is found on it. Names are unique among zones and lines.</summary>
public sealed record SceneOptions
{
    private const int MostParts = 32;

    /// <summary>Areas of the picture; at most 32.</summary>
    public IReadOnlyList<SceneZone> Zones { get; init; } = [];

    /// <summary>Lines across the picture; at most 32.</summary>
    public IReadOnlyList<SceneLine> Lines { get; init; } = [];

    /// <summary>Whether it is told when the camera has moved or is covered.</summary>
    public bool WatchView { get; init; } = true;

    internal IEnumerable<string> Faults()
    {
        if (Zones.Count > MostParts) yield return $"zones must be at most {MostParts}, but are {Zones.Count}.";
        if (Lines.Count > MostParts) yield return $"lines must be at most {MostParts}, but are {Lines.Count}.";
        foreach (var fault in Zones.SelectMany(zone => zone.Faults())) yield return fault;
        foreach (var fault in Lines.SelectMany(line => line.Faults())) yield return fault;
        foreach (var twice in Zones.Select(zone => zone.Name).Concat(Lines.Select(line => line.Name)).GroupBy(name => name).Where(group => group.Count() > 1))
            yield return $"zones and lines must have different names, but '{twice.Key}' is there {twice.Count()} times.";
    }

    internal static string? NameFault(string what, string name) =>
        name is { Length: > 0 and <= 64 } && !name.Any(char.IsControl) ? null : $"{what} must have a name of 1 to 64 characters, but '{name}' is none.";
}

/// <summary>An area of the picture, and what is told of it.</summary>
public sealed record SceneZone
{
    private const int MostCorners = 64;

    /// <summary>Its name, 1 to 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Its corners in order, 3 to 64.</summary>
    public required IReadOnlyList<ScenePoint> Points { get; init; }

    /// <summary>Whether it is a mask: what stands in it is not told of, and motion in it does not count. A mask has no events.</summary>
    public bool IsMask { get; init; }

    /// <summary>The classes that it is for; none for all.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Whether it is told when an object comes into it and leaves it.</summary>
    public bool EnterAndLeave { get; init; } = true;

    /// <summary>How long an object may stay in it before that is told, 1 s to 24 h; null for any time.</summary>
    public TimeSpan? LoiteringAfter { get; init; }

    /// <summary>How many objects may be in it at a time before that is told, 0 to 1,000; null for any number.</summary>
    public int? CountOver { get; init; }

    /// <summary>How long a bag or another thing may stand in it with no person near before that is told, 1 s to 24 h; null for ever.</summary>
    public TimeSpan? LeftAfter { get; init; }

    internal IEnumerable<string> Faults()
    {
        if (SceneOptions.NameFault("a zone", Name) is { } fault) yield return fault;
        if (Points is null || Points.Count is < 3 or > MostCorners) yield return $"zone '{Name}' must have 3 to {MostCorners} points, but has {Points?.Count ?? 0}.";
        else if (!Points.All(point => point.IsOnPicture)) yield return $"zone '{Name}': points must lie between 0 and 1.";
        if (CountOver is < 0 or > 1000) yield return $"zone '{Name}': countOver must be between 0 and 1,000, but is {CountOver}.";
        foreach (var (name, value) in new[] { ("loiteringAfter", LoiteringAfter), ("leftAfter", LeftAfter) })
            if (value is { } time && (time < TimeSpan.FromSeconds(1) || time > TimeSpan.FromHours(24)))
                yield return $"zone '{Name}': {name} must be between 00:00:01 and 1.00:00:00, but is {time}.";
        if (IsMask && (LoiteringAfter is not null || CountOver is not null || LeftAfter is not null))
            yield return $"zone '{Name}' is a mask, which has no events: leave loiteringAfter, countOver and leftAfter out.";
    }
}

/// <summary>A line across the picture, and which way objects cross it.</summary>
public sealed record SceneLine
{
    /// <summary>Its name, 1 to 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>Where it begins.</summary>
    public required ScenePoint From { get; init; }

    /// <summary>Where it ends. Who comes from its left, as one looks from its beginning to its end, goes in; who comes from its right goes out.</summary>
    public required ScenePoint To { get; init; }

    /// <summary>The classes that it is for; none for all.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    internal IEnumerable<string> Faults()
    {
        if (SceneOptions.NameFault("a line", Name) is { } fault) yield return fault;
        if (!From.IsOnPicture || !To.IsOnPicture) yield return $"line '{Name}': its ends must lie between 0 and 1.";
        else if (MathF.Abs(From.X - To.X) + MathF.Abs(From.Y - To.Y) < 0.01f) yield return $"line '{Name}': its ends must not be one place.";
    }
}
