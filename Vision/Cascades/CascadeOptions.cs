namespace Weir.Vision.Cascades;

/// <summary>
/// Other models that look at the objects that a camera's model has found: a plate on cars, a face on persons. What they
/// find stands as an attribute on the object.
/// </summary>
public sealed record CascadeOptions
{
    private const int MostModels = 8;

    /// <summary>The name of the attribute, 1 to 64 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The classes of the objects that are looked at, at least one.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>
    /// The models, 1 to 8, each on what the one before has left: a model that finds boxes narrows the part of the picture
    /// to its best one, and where it finds none the rest is not asked; a classifier whose classes are <c>0</c> and
    /// <c>180</c> turns the part; what another classifier says, or a model that reads text, is the attribute's value.
    /// </summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>How much the object's box is grown on each side, as a part of its size, 0 to 1.</summary>
    public float Margin { get; init; } = 0.05f;

    /// <summary>The least width of the object in pixels of the full picture, 1 to 4,096.</summary>
    public int LeastWidth { get; init; } = 32;

    /// <summary>How often an object is looked at again, 0 to 1 h. Its best attribute so far stays on it.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    internal IEnumerable<string> Faults()
    {
        if (Name is not { Length: > 0 and <= 64 }) yield return $"a cascade must have a name of 1 to 64 characters, but '{Name}' is none.";
        if (Classes is not { Count: > 0 }) yield return $"cascade '{Name}': classes must name at least one class.";
        if (Models is not { Count: > 0 and <= MostModels }) yield return $"cascade '{Name}': models must name 1 to {MostModels} models, but names {Models?.Count ?? 0}.";
        if (!(Margin is >= 0 and <= 1)) yield return FormattableString.Invariant($"cascade '{Name}': margin must be between 0 and 1, but is {Margin}.");
        if (LeastWidth is < 1 or > 4096) yield return $"cascade '{Name}': leastWidth must be between 1 and 4,096, but is {LeastWidth}.";
        if (Every < TimeSpan.Zero || Every > TimeSpan.FromHours(1)) yield return $"cascade '{Name}': every must be between 00:00:00 and 01:00:00, but is {Every}.";
    }
}
