namespace Weir.Vision.Models;

/// <summary>
/// The models of a site: a folder with a folder a model. Each is loaded when it is first asked for, once for all cameras,
/// and all share the same lanes. All members may be called from any thread.
/// </summary>
public sealed class ModelSet : IDisposable
{
    private readonly string folder;
    private readonly DetectionModelOptions options;
    private readonly InferenceLanes lanes;
    private readonly Dictionary<string, DetectionModel> loaded = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private bool disposed;

    /// <summary>Makes the set; nothing is loaded yet.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public ModelSet(string folder, DetectionModelOptions? options = null)
    {
        this.folder = folder;
        this.options = options ?? new DetectionModelOptions();
        this.options.Check();
        lanes = new InferenceLanes(this.options.LaneCount);
    }

    /// <summary>How many runs of models are under way at the same time.</summary>
    public int Lanes => lanes.Count;

    /// <summary>Threads that share the work of one run.</summary>
    public int ThreadsPerLane => options.ThreadsPerLane;

    /// <summary>The names of the models in the folder, in order.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateDirectories(folder)
            .Where(path => File.Exists(Path.Combine(path, ModelDescription.FileName)))
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The models that are in use.</summary>
    public IReadOnlyDictionary<string, DetectionModel> Loaded
    {
        get
        {
            lock (gate) return new Dictionary<string, DetectionModel>(loaded, StringComparer.Ordinal);
        }
    }

    /// <summary>A model by the name of its folder; the set owns it.</summary>
    /// <exception cref="ModelException">There is no such model, or it cannot be loaded.</exception>
    public DetectionModel Open(string name)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (loaded.TryGetValue(name, out var model)) return model;
            Require(name);
            return loaded[name] = DetectionModel.Load(Path.Combine(folder, name), options, lanes);
        }
    }

    /// <summary>What <c>model.json</c> of a model says, without loading it where it is not in use.</summary>
    /// <exception cref="ModelException">There is no such model, or the file cannot be read.</exception>
    public ModelDescription Describe(string name)
    {
        lock (gate)
        {
            if (loaded.TryGetValue(name, out var model)) return model.Description;
        }
        Require(name);
        return ModelDescription.Read(Path.Combine(folder, name, ModelDescription.FileName));
    }

    /// <summary>Takes new versions of the models in use into use, where there are any.</summary>
    /// <returns>The models of which another version is in use now.</returns>
    public IReadOnlyList<DetectionModel> Refresh() => [.. Loaded.Values.Where(model => model.Refresh())];

    /// <summary>Finishes what is queued and frees all models.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
        }
        foreach (var model in loaded.Values) model.Dispose();
        lanes.Dispose();
    }

    private void Require(string name)
    {
        var isName = name.Length > 0 && Path.GetFileName(name) == name && name is not ("." or "..");
        if (isName && Directory.Exists(Path.Combine(folder, name))) return;
        throw new ModelException($"There is no model '{name}'; the folder {folder} has {(Names is { Count: > 0 } names ? string.Join(", ", names) : "none")}.");
    }
}
