using Weir.Vision.Models;

namespace Weir.Grains.Sites;

/// <summary>Where a site keeps its data, and how long.</summary>
public sealed record SiteOptions
{
    /// <summary>The data folder.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Where exchanges keep their files; empty for the folder <c>archive</c> in the data folder. All silos of a site use the same.</summary>
    public string ArchiveFolder { get; set; } = "";

    /// <summary>Where the keys lie with which exchanges encrypt their files, as <c>NAME.key</c>; empty where keys come from the environment only.</summary>
    public string EncryptionKeyFolder { get; set; } = "";

    /// <summary>The folder of models, a folder a model; null for a site that has no cameras.</summary>
    public string? ModelsFolder { get; set; }

    /// <summary>The model of cameras that name none.</summary>
    public string Model { get; set; } = "centernet";

    /// <summary>How models run in this process.</summary>
    public DetectionModelOptions Inference { get; set; } = new();

    /// <summary>Where the MQTT broker listens, as <c>host:port</c>; for people to read.</summary>
    public string BrokerEndpoint { get; set; } = "";
}
