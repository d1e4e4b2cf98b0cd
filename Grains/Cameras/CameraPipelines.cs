using Microsoft.Extensions.Logging;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Models;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;

namespace Weir.Grains.Cameras;

/// <summary>Opens the pipelines of cameras over the models that they share. May be called from any thread.</summary>
internal sealed class CameraPipelines(SiteModels models, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Holds settings against what a pipeline allows.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range, a model is not there, or the site has no cameras; the message says which.</exception>
    public void Check(string id, CameraSettings settings)
    {
        var model = models.Require(settings.Model);
        var options = SettingsMapping.ToOptions(id, settings);
        if (options.Faults() is { Count: > 0 } faults) throw new ArgumentException(string.Join(" ", faults));
        CheckClasses(id, "classes", settings.Classes, model);
        foreach (var zone in settings.Zones) CheckClasses(id, $"the classes of zone '{zone.Name}'", zone.Classes, model);
        foreach (var line in settings.Lines) CheckClasses(id, $"the classes of line '{line.Name}'", line.Classes, model);
        foreach (var cascade in settings.Cascades)
        {
            CheckClasses(id, $"the classes of cascade '{cascade.Name}'", cascade.Classes, model);
            foreach (var name in cascade.Models) models.Require(name);
        }
    }

    /// <summary>Starts a pipeline; the caller disposes it.</summary>
    public CameraPipeline Open(string id, CameraSettings settings)
    {
        var pipeline = new CameraPipeline(
            SettingsMapping.ToOptions(id, settings), models.Open(settings.Model), time, loggers.CreateLogger<CameraPipeline>(), models.Open);
        pipeline.Start();
        return pipeline;
    }

    /// <summary>A class that the model does not know would never be seen, which nobody wants.</summary>
    private static void CheckClasses(string id, string what, IReadOnlyList<string> classes, ModelDescription model)
    {
        if (classes.FirstOrDefault(name => !model.Classes.Contains(name)) is not { } unknown) return;
        throw new ArgumentException($"camera '{id}': {what} must be known to the model {model.Name}, but '{unknown}' is not.");
    }
}
