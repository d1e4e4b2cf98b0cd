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

    /// <summary>The most pictures that go through it in one run; 0 where no camera uses it.</summary>
    [Id(9)] public int Batch { get; init; }

    /// <summary>Why so many, as a sentence; empty where no camera uses it.</summary>
    [Id(10)] public string BatchReason { get; init; } = "";

    /// <summary>
    /// What all <see cref="Lanes"/> together manage, by the time that a picture took lately; null until a dozen runs have
    /// been measured.
    /// </summary>
    [Id(11)] public double? PicturesPerSecond { get; init; }

    /// <summary>Runs of models that are under way at the same time, which all models of the silo share.</summary>
    [Id(12)] public int Lanes { get; init; }

    /// <summary>Threads that share the work of one run.</summary>
    [Id(13)] public int ThreadsPerLane { get; init; }

    /// <summary>Runs of the version in use so far.</summary>
    [Id(14)] public long Runs { get; init; }

    /// <summary>Pictures that went through in them.</summary>
    [Id(15)] public long Pictures { get; init; }
}
