using Orleans.Concurrency;
using Weir.Grains.Interfaces.Models;
using Weir.Vision.Models;

namespace Weir.Grains.Models;

/// <summary>Tells of the models of its silo.</summary>
[StatelessWorker(1)]
internal sealed class ModelsGrain(SiteModels models) : Grain, IModelsGrain
{
    public Task<IReadOnlyList<ModelStatus>> ListAsync()
    {
        if (!models.HasAny) return Task.FromResult<IReadOnlyList<ModelStatus>>([]);
        var loaded = models.Set.Loaded;
        return Task.FromResult<IReadOnlyList<ModelStatus>>(
            [.. models.Set.Names.Select(name => Tell(name, loaded.GetValueOrDefault(name)))]);
    }

    private ModelStatus Tell(string name, DetectionModel? loaded)
    {
        try
        {
            var model = models.Set.Describe(name);
            var batch = loaded?.Batch;
            return new ModelStatus
            {
                Name = name,
                Version = model.Version,
                Decoder = model.Decoder,
                Input = $"{model.Input.Width}x{model.Input.Height}",
                Classes = model.Decoder == "ctc-text" ? [$"{model.Classes.Count} characters"] : model.Classes,
                Licence = model.Licence,
                Source = model.Source,
                Loaded = loaded?.Loaded,
                Fault = loaded?.Fault,
                Batch = batch?.Size ?? 0,
                BatchReason = batch?.Reason ?? "",
                PicturesPerSecond = batch?.PicturesPerSecond,
                Runs = batch?.Runs ?? 0,
                Pictures = batch?.Pictures ?? 0,
                Lanes = models.Set.Lanes,
                ThreadsPerLane = models.Set.ThreadsPerLane,
            };
        }
        catch (ModelException error)
        {
            return new ModelStatus { Name = name, Fault = error.Message };
        }
    }
}
