using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Models;

/// <summary>The models that cameras can use. The key is that of the site. In a cluster a silo answers for itself.</summary>
[Alias("weir.IModelsGrain")]
public interface IModelsGrain : IGrainWithStringKey
{
    /// <summary>All models, by name. Those that no camera uses are told of, and not loaded. None where the silo has no cameras.</summary>
    [Alias("List")] Task<IReadOnlyList<ModelStatus>> ListAsync();
}

/// <summary>A model as its <c>model.json</c> tells of it.</summary>
[GenerateSerializer, Immutable, Alias("weir.ModelStatus")]
public sealed record ModelStatus
{
    /// <summary>Name of its folder, by which cameras ask for it.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>The version in use; that in the folder where it is not in use. Empty where the folder cannot be read.</summary>
    [Id(1)] public string Version { get; init; } = "";

    /// <summary>How its outputs are read.</summary>
    [Id(2)] public string Decoder { get; init; } = "";

    /// <summary>Width and height of its input in pixels, as <c>512x512</c>.</summary>
    [Id(3)] public string Input { get; init; } = "";

    /// <summary>What it can tell apart.</summary>
    [Id(4)] public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The licence under which it may be used.</summary>
    [Id(5)] public string Licence { get; init; } = "";

    /// <summary>Where it comes from.</summary>
    [Id(6)] public string Source { get; init; } = "";

    /// <summary>When the version in use was loaded; null where no camera uses it.</summary>
    [Id(7)] public DateTimeOffset? Loaded { get; init; }

    /// <summary>Why what lies in the folder now cannot be used; null where it can.</summary>
    [Id(8)] public string? Fault { get; init; }
}
