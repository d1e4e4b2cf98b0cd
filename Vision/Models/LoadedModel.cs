using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// One version of a model in memory. Pictures enter and leave it; once it is retired, none enters any more, and the last
/// one that leaves frees it.
/// </summary>
internal sealed class LoadedModel
{
    private readonly InferenceSession session;
    private readonly ModelForm form;
    private readonly DetectionLane?[] lanes;
    private readonly TaskCompletionSource freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private int inside;
    private bool retired;

    private LoadedModel(ModelDescription description, InferenceSession session, ModelForm form, BatchTuning batches, int lanes)
    {
        (Description, this.session, this.form, Batches) = (description, session, form, batches);
        this.lanes = new DetectionLane?[lanes];
    }

    public ModelDescription Description { get; }

    /// <summary>How many pictures go through it in one run.</summary>
    public BatchTuning Batches { get; }

    public DateTimeOffset Loaded { get; } = DateTimeOffset.UtcNow;

    /// <exception cref="ModelException">A file is missing or cannot be read, or the two do not fit together.</exception>
    public static LoadedModel Load(string folder, DetectionModelOptions options, int lanes)
    {
        var description = ModelDescription.Read(Path.Combine(folder, ModelDescription.FileName));
        var session = Open(Path.Combine(folder, description.File), description, options);
        try
        {
            var form = ModelForm.Of(session, description);
            return new LoadedModel(description, session, form, form.Batches(options.Batch, lanes), lanes);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Takes pictures through in one run, and completes them. Only that lane's thread may call.</summary>
    /// <param name="lane">The number of the lane.</param>
    /// <param name="pictures">The pictures, no more than <see cref="Batches"/> allows.</param>
    public void Run(int lane, List<PictureWork> pictures)
    {
        pictures.RemoveAll(picture => picture.EndIfCancelled());
        if (pictures.Count == 0) return;
        var began = Stopwatch.GetTimestamp();
        PictureOutcome[] outcomes;
        try
        {
            lanes[lane] ??= new DetectionLane(session, Description, form.Decoder, form.Outputs, form.Padded);
            outcomes = lanes[lane]!.Run(pictures);
        }
        catch (Exception) when (pictures.Count > 1)
        {
            // One of them does not go through. The others must not suffer, so each goes by itself.
            foreach (var picture in pictures) Run(lane, [picture]);
            return;
        }
        catch (Exception error)
        {
            outcomes = [new PictureOutcome(null, error)];
        }
        var duration = Stopwatch.GetElapsedTime(began);
        if (!Array.Exists(outcomes, outcome => outcome.Error is not null)) Batches.Ran(pictures.Count, duration);
        // After the last one the model may be free, and the lane with it.
        for (var i = 0; i < outcomes.Length; i++) pictures[i].End(outcomes[i], duration, outcomes.Length);
    }

    /// <returns>False once it is retired.</returns>
    public bool TryEnter(int pictures)
    {
        lock (gate)
        {
            if (retired) return false;
            inside += pictures;
            return true;
        }
    }

    public void Leave(int pictures = 1)
    {
        lock (gate)
        {
            inside -= pictures;
            if (inside > 0 || !retired) return;
        }
        Free();
    }

    public void Retire()
    {
        lock (gate)
        {
            if (retired) return;
            retired = true;
            if (inside > 0) return;
        }
        Free();
    }

    public void WaitUntilFree() => freed.Task.Wait();

    private void Free()
    {
        foreach (var lane in lanes) lane?.Dispose();
        session.Dispose();
        freed.SetResult();
    }

    private static InferenceSession Open(string path, ModelDescription description, DetectionModelOptions options)
    {
        if (!File.Exists(path)) throw new ModelException($"model '{description.Name}': the ONNX file {path} is missing.");
        using var session = new SessionOptions
        {
            IntraOpNumThreads = options.ThreadsPerLane,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // A thread that spins while it waits takes its core from the decoders.
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return new InferenceSession(path, session);
        }
        catch (OnnxRuntimeException error)
        {
            throw new ModelException($"model '{description.Name}': {path} cannot be loaded: {error.Message}", error);
        }
    }
}
