using Microsoft.Extensions.Options;
using Weir.Grains.Sites;
using Weir.Vision.Models;

namespace Weir.Grains.Models;

/// <summary>The models of this process. May be called from any thread.</summary>
internal sealed class SiteModels(IOptions<SiteOptions> options) : IDisposable
{
    private const string NoCameras = "This site has the role cloud, which has no cameras; an edge site has them.";

    private readonly Lazy<ModelSet> models = new(() => new ModelSet(
        options.Value.ModelsFolder ?? throw new ArgumentException(NoCameras), options.Value.Inference));

    /// <summary>The model of cameras that name none.</summary>
    public string Default => options.Value.Model;

    /// <summary>Whether this process has models at all.</summary>
    public bool HasAny => options.Value.ModelsFolder is not null;

    /// <exception cref="ArgumentException">This process has no cameras.</exception>
    public ModelSet Set => models.Value;

    /// <summary>A model, loaded; null for the default one.</summary>
    /// <exception cref="ModelException">There is no such model, or it cannot be loaded.</exception>
    public DetectionModel Open(string? name) => Set.Open(name ?? Default);

    /// <summary>Makes sure that a model can be had.</summary>
    /// <exception cref="ArgumentException">It cannot; the message says why and which there are.</exception>
    public ModelDescription Require(string? name)
    {
        try
        {
            return Set.Describe(name ?? Default);
        }
        catch (ModelException error)
        {
            throw new ArgumentException(error.Message, error);
        }
    }

    public void Dispose()
    {
        if (models.IsValueCreated) models.Value.Dispose();
    }
}
