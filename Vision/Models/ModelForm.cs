using Microsoft.ML.OnnxRuntime;

namespace Weir.Vision.Models;

/// <summary>
/// An ONNX file held against its description: what comes out of it for one picture, who reads that, and whether several
/// pictures go through at a time.
/// </summary>
internal sealed class ModelForm
{
    private readonly InferenceSession session;
    private readonly ModelDescription description;
    private readonly bool isOpen;

    private ModelForm(InferenceSession session, ModelDescription description)
    {
        (this.session, this.description) = (session, description);
        var first = FirstSize();
        (isOpen, Padded) = (first < 0, Math.Max(first, 1));
        CheckInput();
        var outputs = ModelTrial.Outputs(session, description, Padded);
        if (Padded > 1) outputs = outputs.ToDictionary(output => output.Key, output => OfOne(output.Value), StringComparer.Ordinal);
        Outputs = outputs;
        var shapes = new TensorShapes(description.Name, "output", outputs);
        Decoder = DetectionDecoders.Create(description, shapes);
        if (Padded == 1) return;
        foreach (var tensor in Decoder.Tensors)
            if (outputs[tensor].Pictures != Padded) throw shapes.Misfit(tensor, $"[{Padded}, …], as the input takes {Padded} pictures at a time");
    }

    /// <summary>How many pictures a run takes, whether or not there are as many; 1 where it takes as many as there are.</summary>
    public int Padded { get; }

    /// <summary>The outputs, for one picture.</summary>
    public IReadOnlyDictionary<string, TensorShape> Outputs { get; }

    public IDetectionDecoder Decoder { get; }

    /// <exception cref="ModelException">File and description do not fit together.</exception>
    public static ModelForm Of(InferenceSession session, ModelDescription description) => new(session, description);

    /// <summary>How many pictures are to go through at a time.</summary>
    /// <param name="wanted">The most where the description says nothing; null to find it by measuring.</param>
    /// <param name="lanes">How many runs there may be at a time.</param>
    /// <exception cref="ModelException">The description wants several, but the outputs are not one a picture then.</exception>
    public BatchTuning Batches(int? wanted, int lanes)
    {
        if (Padded > 1) return BatchTuning.Always(Padded, lanes);
        if (!isOpen) return BatchTuning.UpTo(1, lanes, "The ONNX file takes one picture at a time.");
        if ((description.Input.Batch ?? wanted) is 1) return BatchTuning.UpTo(1, lanes, "It was set.");
        if (Misfit() is { } misfit)
        {
            if (description.Input.Batch is null) return BatchTuning.UpTo(1, lanes, $"One picture at a time, as {misfit}.");
            throw new ModelException($"model '{description.Name}': input.batch is {description.Input.Batch}, but {misfit}.");
        }
        return (description.Input.Batch ?? wanted) is { } size ? BatchTuning.UpTo(size, lanes, "It was set.") : BatchTuning.Measured(lanes);
    }

    /// <summary>Why the outputs of several pictures cannot be told apart; null where they can.</summary>
    private string? Misfit()
    {
        const int some = 2;
        IReadOnlyDictionary<string, TensorShape> outputs;
        try
        {
            outputs = ModelTrial.Outputs(session, description, some);
        }
        catch (ModelException)
        {
            return $"the ONNX file does not run on {some} pictures";
        }
        foreach (var tensor in Decoder.Tensors)
        {
            var (one, several) = (Outputs[tensor], outputs[tensor]);
            // A table without a place for the picture has as many rows as things were found.
            if (one.Sizes.Length < 2 || !several.WasOpen || !several.Sizes.SequenceEqual([some * one.Sizes[0], .. one.Sizes[1..]]))
                return $"output tensor '{tensor}' is {TensorShapes.Text(several.Sizes)} for {some} pictures and {TensorShapes.Text(one.Sizes)} for one";
        }
        return null;
    }

    /// <summary>The input's first size: -1 where the file leaves it open.</summary>
    private int FirstSize() =>
        session.InputMetadata.TryGetValue(description.Input.Tensor, out var input) && TensorShape.Of(input) is { Sizes: [var first, ..] } ? first : 1;

    private void CheckInput()
    {
        var inputs = new TensorShapes(description.Name, "input", session.InputMetadata.ToDictionary(
            input => input.Key, input => TensorShape.Of(input.Value), StringComparer.Ordinal));
        var shape = description.Input.ShapeOf(Padded);
        if (description.Input.Element == InputElement.Byte) inputs.Require<byte>(description.Input.Tensor, shape);
        else inputs.Require<float>(description.Input.Tensor, shape);

        if (session.InputMetadata.Count > 1)
            throw new ModelException(
                $"model '{description.Name}': the ONNX file must have one input, "
                + $"but has {string.Join(", ", session.InputMetadata.Keys)}.");
        if (Padded > BatchTuning.MostPictures)
            throw new ModelException($"model '{description.Name}': the ONNX file takes {Padded} pictures at a time; at most {BatchTuning.MostPictures} are allowed.");
        if (!isOpen && description.Input.Batch is { } batch && batch != Padded)
            throw new ModelException($"model '{description.Name}': input.batch is {batch}, but the ONNX file takes {Padded} at a time, neither more nor less.");
    }

    private TensorShape OfOne(TensorShape all) => all.Sizes is [var first, .. var rest] && first == Padded
        ? all with { Sizes = [1, .. rest], Pictures = Padded }
        : all;
}
