using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// Takes pictures through the shared session, one or several in a run, for one thread. Memory for pictures is made once
/// and used again, and so is that for outputs of fixed size.
/// </summary>
internal sealed class DetectionLane : IDisposable
{
    private readonly InferenceSession session;
    private readonly ModelDescription description;
    private readonly IDetectionDecoder decoder;
    private readonly int padded;
    private readonly RunOptions options = new();
    private readonly OrtValue[] inputs = new OrtValue[1];
    private readonly string[] inputNames;
    private readonly string[] outputNames;
    private readonly float[][] wholes = [];
    private readonly OrtValue[]? outputs;
    private readonly TensorData[] results;
    private readonly BatchBuffer buffer;
    private readonly List<Candidate> candidates = [];
    private ModelInput? brought;

    /// <param name="session">The file in memory.</param>
    /// <param name="description">What <c>model.json</c> says.</param>
    /// <param name="decoder">Reads the outputs.</param>
    /// <param name="shapes">The outputs, for one picture.</param>
    /// <param name="padded">How many pictures a run always takes; 1 where it takes as many as there are.</param>
    public DetectionLane(
        InferenceSession session, ModelDescription description, IDetectionDecoder decoder,
        IReadOnlyDictionary<string, TensorShape> shapes, int padded)
    {
        (this.session, this.description, this.decoder, this.padded) = (session, description, decoder, padded);
        buffer = new BatchBuffer(description.Input);
        inputNames = [description.Input.Tensor];
        outputNames = [.. decoder.Tensors];
        results = new TensorData[outputNames.Length];
        if (!outputNames.All(name => !shapes[name].WasOpen && shapes[name].Element == typeof(float))) return;

        outputs = new OrtValue[outputNames.Length];
        wholes = new float[outputNames.Length][];
        for (var i = 0; i < outputs.Length; i++)
        {
            var sizes = shapes[outputNames[i]].Sizes;
            var length = sizes.Aggregate(1, (product, size) => product * size);
            wholes[i] = GC.AllocateArray<float>(padded * length, pinned: true);
            results[i] = new TensorData(padded == 1 ? wholes[i] : new float[length], sizes);
            outputs[i] = OrtValue.CreateTensorValueFromMemory(wholes[i], padded == 1 ? ToLong(sizes) : [padded, .. ToLong(sizes[1..])]);
        }
    }

    /// <summary>What is on pictures, which go through in one run.</summary>
    /// <returns>In their order, what was found, best first, or why a picture could not be read.</returns>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public PictureOutcome[] Run(List<PictureWork> pictures)
    {
        var size = Math.Max(padded, pictures.Count);
        inputs[0] = Fill(pictures, size);
        if (outputs is not null)
        {
            session.Run(options, inputNames, inputs, outputNames, outputs);
            return Read(pictures, Part);
        }
        using var given = session.Run(options, inputNames, inputs, outputNames);
        return Read(pictures, (output, picture) => TensorData.Copy(given[output], picture, size));

        TensorData Part(int output, int picture)
        {
            var (whole, part) = (wholes[output], results[output].Values);
            if (whole != part) whole.AsSpan(picture * part.Length, part.Length).CopyTo(part);
            return results[output];
        }
    }

    public void Dispose()
    {
        options.Dispose();
        buffer.Dispose();
        brought?.Dispose();
        foreach (var output in outputs ?? []) output.Dispose();
    }

    private OrtValue Fill(List<PictureWork> pictures, int size)
    {
        // One picture of bytes goes in from where it lies.
        if (size == 1 && Bring(pictures[0]).Tensor is { } single) return single;
        var tensor = buffer.Tensor(size);
        for (var i = 0; i < pictures.Count; i++) buffer.Put(i, Bring(pictures[i]).Pixels.Span);
        // What lies in the other places from earlier runs might not go through the model.
        for (var i = pictures.Count; i < size; i++) buffer.Repeat(0, i);
        return tensor;
    }

    /// <summary>An input that was made for another version of the model comes in this one's form.</summary>
    private ModelInput Bring(PictureWork picture)
    {
        var input = picture.Input;
        if (input.Description.HasPixelsOf(description.Input)) return input;
        brought ??= new ModelInput(description.Input);
        Resampling.Between(input.Description, input.Pixels.Span, description.Input, brought.Pixels.Span, picture.Picture);
        return brought;
    }

    private PictureOutcome[] Read(List<PictureWork> pictures, Func<int, int, TensorData> part)
    {
        var outcomes = new PictureOutcome[pictures.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            try
            {
                for (var output = 0; output < results.Length; output++) results[output] = part(output, i);
                candidates.Clear();
                decoder.Decode(results, pictures[i].Threshold, candidates);
                NonMaximumSuppression.Thin(candidates, description.Overlap);
                outcomes[i] = new PictureOutcome(ToDetections(pictures[i].Picture), null);
            }
            catch (Exception error)
            {
                outcomes[i] = new PictureOutcome(null, error);
            }
        }
        return outcomes;
    }

    private Detection[] ToDetections(PictureSize picture)
    {
        if (candidates.Count == 0) return [];
        var geometry = PictureGeometry.Of(description.Input, picture);
        var detections = new Detection[candidates.Count];
        for (var i = 0; i < detections.Length; i++)
        {
            var candidate = candidates[i];
            detections[i] = new Detection(description.Classes[candidate.ClassIndex], candidate.ClassIndex, candidate.Score, geometry.ToPicture(candidate.Box))
            {
                Text = candidate.Text,
                Vector = candidate.Vector,
            };
        }
        return detections;
    }

    private static long[] ToLong(int[] sizes) => [.. sizes.Select(size => (long)size)];
}
