using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// One version of a model in memory. Pictures enter and leave it; once it is retired, none enters any more, and the last
/// one that leaves frees it.
/// </summary>
internal sealed class LoadedModel
{
    private readonly InferenceSession session;
    private readonly IDetectionDecoder decoder;
    private readonly IReadOnlyDictionary<string, TensorShape> outputs;
    private readonly DetectionLane?[] lanes;
    private readonly TaskCompletionSource freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private int inside;
    private bool retired;

    private LoadedModel(
        ModelDescription description, InferenceSession session, IReadOnlyDictionary<string, TensorShape> outputs, int lanes)
    {
        (Description, this.session, this.outputs) = (description, session, outputs);
        decoder = DetectionDecoders.Create(description, new TensorShapes(description.Name, "output", outputs));
        this.lanes = new DetectionLane?[lanes];
    }

    public ModelDescription Description { get; }

    public DateTimeOffset Loaded { get; } = DateTimeOffset.UtcNow;

    /// <exception cref="ModelException">A file is missing or cannot be read, or the two do not fit together.</exception>
    public static LoadedModel Load(string folder, DetectionModelOptions options, int lanes)
    {
        var description = ModelDescription.Read(Path.Combine(folder, ModelDescription.FileName));
        var session = Open(Path.Combine(folder, description.File), description, options);
        try
        {
            CheckInput(description, session);
            return new LoadedModel(description, session, ModelTrial.Outputs(session, description), lanes);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The tensors of a lane; only that lane's thread may ask.</summary>
    public DetectionLane Lane(int lane) => lanes[lane] ??= new DetectionLane(session, Description, decoder, outputs);

    /// <returns>False once it is retired.</returns>
    public bool TryEnter()
    {
        lock (gate)
        {
            if (retired) return false;
            inside++;
            return true;
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            if (--inside > 0 || !retired) return;
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

    private static void CheckInput(ModelDescription description, InferenceSession session)
    {
        var inputs = new TensorShapes(description.Name, "input", session.InputMetadata.ToDictionary(
            input => input.Key, input => TensorShape.Of(input.Value), StringComparer.Ordinal));
        if (description.Input.Element == InputElement.Byte)
            inputs.Require<byte>(description.Input.Tensor, description.Input.Shape);
        else inputs.Require<float>(description.Input.Tensor, description.Input.Shape);

        if (session.InputMetadata.Count > 1)
            throw new ModelException(
                $"model '{description.Name}': the ONNX file must have one input, "
                + $"but has {string.Join(", ", session.InputMetadata.Keys)}.");
    }
}
