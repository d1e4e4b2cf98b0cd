using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>Runs one picture at a time through the shared session. Tensors of fixed size are made once and used again.</summary>
internal sealed class DetectionLane : IDisposable
{
    private readonly InferenceSession session;
    private readonly ModelDescription description;
    private readonly IDetectionDecoder decoder;
    private readonly RunOptions options = new();
    private readonly OrtValue[] inputs = new OrtValue[1];
    private readonly string[] inputNames;
    private readonly string[] outputNames;
    private readonly OrtValue[]? outputs;
    private readonly TensorData[] results;
    private readonly float[]? elements;
    private readonly OrtValue? elementTensor;
    private readonly List<Candidate> candidates = [];
    private ModelInput? brought;

    public DetectionLane(
        InferenceSession session, ModelDescription description, IDetectionDecoder decoder, IReadOnlyDictionary<string, TensorShape> shapes)
    {
        (this.session, this.description, this.decoder) = (session, description, decoder);
        inputNames = [description.Input.Tensor];
        outputNames = [.. decoder.Tensors];
        results = new TensorData[outputNames.Length];
        if (outputNames.All(name => !shapes[name].WasOpen && shapes[name].Element == typeof(float)))
        {
            outputs = new OrtValue[outputNames.Length];
            for (var i = 0; i < outputs.Length; i++)
            {
                var sizes = shapes[outputNames[i]].Sizes;
                var values = GC.AllocateArray<float>(sizes.Aggregate(1, (product, size) => product * size), pinned: true);
                results[i] = new TensorData(values, sizes);
                outputs[i] = OrtValue.CreateTensorValueFromMemory(values, [.. sizes.Select(size => (long)size)]);
            }
        }
        if (description.Input.Element == InputElement.Byte) return;
        elements = GC.AllocateUninitializedArray<float>(description.Input.Width * description.Input.Height * 3, pinned: true);
        elementTensor = OrtValue.CreateTensorValueFromMemory(elements, description.Input.Shape);
    }

    /// <summary>What is on a picture, best first.</summary>
    public Detection[] Run(ModelInput input, PictureSize picture, float threshold)
    {
        input = Bring(input, picture);
        if (elements is not null) PixelConversion.Convert(input.Pixels.Span, elements, description.Input);
        inputs[0] = elementTensor ?? input.Tensor!;

        candidates.Clear();
        if (outputs is not null)
        {
            session.Run(options, inputNames, inputs, outputNames, outputs);
            decoder.Decode(results, threshold, candidates);
        }
        else
        {
            using var given = session.Run(options, inputNames, inputs, outputNames);
            for (var i = 0; i < results.Length; i++) results[i] = TensorData.Copy(given[i]);
            decoder.Decode(results, threshold, candidates);
        }
        NonMaximumSuppression.Thin(candidates, description.Overlap);
        return ToDetections(picture);
    }

    public void Dispose()
    {
        options.Dispose();
        elementTensor?.Dispose();
        brought?.Dispose();
        foreach (var output in outputs ?? []) output.Dispose();
    }

    /// <summary>An input that was made for another version of the model comes in this one's form.</summary>
    private ModelInput Bring(ModelInput input, PictureSize picture)
    {
        if (input.Description.HasPixelsOf(description.Input)) return input;
        brought ??= new ModelInput(description.Input);
        Resampling.Between(input.Description, input.Pixels.Span, description.Input, brought.Pixels.Span, picture);
        return brought;
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
}
