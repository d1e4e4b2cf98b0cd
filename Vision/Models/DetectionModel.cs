namespace Weir.Vision.Models;

/// <summary>
/// A model, loaded once and shared by all cameras of a process. <see cref="Refresh"/> takes a new version from the same
/// folder into use while pictures go on coming: what is under way ends in the old one, what comes after goes into the
/// new one, and nothing is lost. All members may be called from any thread.
/// </summary>
public sealed class DetectionModel : IDisposable
{
    private readonly string folder;
    private readonly DetectionModelOptions options;
    private readonly InferenceLanes lanes;
    private readonly bool ownsLanes;
    private readonly Lock refreshing = new();
    private volatile LoadedModel current;
    private ModelFiles files;
    private string? fault;
    private bool disposed;

    private DetectionModel(string folder, DetectionModelOptions options, InferenceLanes lanes, bool ownsLanes)
    {
        (this.folder, this.options, this.lanes, this.ownsLanes) = (folder, options, lanes, ownsLanes);
        files = ModelFiles.Of(folder);
        current = LoadedModel.Load(folder, options, lanes.Count);
    }

    /// <summary>What <c>model.json</c> says of the version in use.</summary>
    public ModelDescription Description => current.Description;

    /// <summary>How many pictures of the version in use go through it in one run, and how fast.</summary>
    public BatchChoice Batch => current.Batches.Choice;

    /// <summary>How many runs are under way at the same time.</summary>
    public int Lanes => lanes.Count;

    /// <summary>When the version in use was loaded.</summary>
    public DateTimeOffset Loaded => current.Loaded;

    /// <summary>Why the version that lies in the folder now is not in use; null where it is.</summary>
    public string? Fault => Volatile.Read(ref fault);

    /// <summary>Loads the model in a folder: its <c>model.json</c> and the ONNX file that this names.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="options">How it runs; null for the defaults.</param>
    /// <param name="lanes">The lanes that it shares with other models and that must outlive it; null for lanes of its own.</param>
    /// <exception cref="ModelException">A file is missing or cannot be read, or the two do not fit together.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static DetectionModel Load(string folder, DetectionModelOptions? options = null, InferenceLanes? lanes = null)
    {
        options ??= new DetectionModelOptions();
        options.Check();
        var own = lanes is null ? new InferenceLanes(options.LaneCount) : null;
        try
        {
            return new DetectionModel(folder, options, lanes ?? own!, own is not null);
        }
        catch
        {
            own?.Dispose();
            throw;
        }
    }

    /// <summary>A new place for pixels, which the caller owns and disposes.</summary>
    public ModelInput CreateInput() => new(Description.Input);

    /// <summary>Looks for things on a picture.</summary>
    /// <param name="input">
    /// Its pixels; they must not be changed before the task has ended. An input that was made for an earlier version is
    /// brought to the present one's size.
    /// </param>
    /// <param name="picture">The size of the full picture that was scaled to the input.</param>
    /// <param name="threshold">The least score; null for the model's own.</param>
    /// <param name="cancellationToken">
    /// Ends the wait for a lane. A picture that a lane works on is finished, as its pixels are in use until then.
    /// </param>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public Task<DetectionResult> DetectAsync(
        ModelInput input, PictureSize picture, float? threshold, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Queue([new ModelPicture(input, picture)], threshold, cancellationToken)[0].Task;
    }

    /// <summary>Looks for things on several pictures, which wait for lanes together, so that they go through in as few runs as pays.</summary>
    /// <param name="pictures">The pictures, with what <see cref="DetectAsync(ModelInput, PictureSize, float?, CancellationToken)"/> says of their pixels.</param>
    /// <param name="threshold">The least score; null for the model's own.</param>
    /// <param name="cancellationToken">Ends the wait for a lane.</param>
    /// <returns>The results in the order of the pictures. It ends when none is worked on any more, also when one has failed.</returns>
    /// <exception cref="ObjectDisposedException">The model has been disposed.</exception>
    public Task<DetectionResult[]> DetectAsync(IReadOnlyList<ModelPicture> pictures, float? threshold, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return pictures.Count == 0
            ? Task.FromResult<DetectionResult[]>([])
            : Task.WhenAll(Queue(pictures, threshold, cancellationToken).Select(work => work.Task));
    }

    /// <summary>Puts pictures into the queue together; each is completed by itself.</summary>
    internal List<PictureWork> Queue(IReadOnlyList<ModelPicture> pictures, float? threshold, CancellationToken cancellationToken)
    {
        LoadedModel model;
        while (!(model = current).TryEnter(pictures.Count)) ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed), this);
        var works = pictures.Select(picture => new PictureWork(model, picture.Input, picture.Size, threshold, cancellationToken)).ToList();
        try
        {
            lanes.Add(works);
        }
        catch
        {
            model.Leave(pictures.Count);
            throw;
        }
        return works;
    }

    /// <summary>
    /// Looks whether the folder holds another version than the one in use, and takes it into use. A version that cannot
    /// be loaded leaves the one in use where it is, with the reason in <see cref="Fault"/>. A new version is best brought
    /// in with <c>model.json</c> last.
    /// </summary>
    /// <returns>Whether another version is in use now.</returns>
    public bool Refresh()
    {
        lock (refreshing)
        {
            if (disposed || ModelFiles.Of(folder) is var found && found == files) return false;
            try
            {
                var next = LoadedModel.Load(folder, options, lanes.Count);
                var former = current;
                current = next;
                files = found;
                Volatile.Write(ref fault, null);
                former.Retire();
                return true;
            }
            catch (ModelException error)
            {
                files = found;
                Volatile.Write(ref fault, error.Message);
                return false;
            }
        }
    }

    /// <summary>Finishes what is queued and frees the model. Inputs are their owners' to dispose.</summary>
    public void Dispose()
    {
        lock (refreshing)
        {
            if (disposed) return;
            Volatile.Write(ref disposed, true);
        }
        current.Retire();
        current.WaitUntilFree();
        if (ownsLanes) lanes.Dispose();
    }
}

/// <summary>A picture for a model.</summary>
/// <param name="Input">Its pixels.</param>
/// <param name="Size">The size of the full picture that was scaled to the input.</param>
public readonly record struct ModelPicture(ModelInput Input, PictureSize Size);
