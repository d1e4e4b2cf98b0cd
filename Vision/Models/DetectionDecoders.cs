namespace Weir.Vision.Models;

/// <summary>The decoders by the name that <c>model.json</c> gives.</summary>
internal static class DetectionDecoders
{
    private static readonly Dictionary<string, Func<ModelDescription, TensorShapes, IDetectionDecoder>> Known = new()
    {
        ["centernet"] = (description, outputs) => new RowDecoder(description, outputs),
        ["yolo"] = YoloDecoder.Create,
        ["ssd"] = (description, outputs) => new SsdDecoder(description, outputs),
        ["blazeface"] = (description, outputs) => new BlazeFaceDecoder(description, outputs),
        ["classifier"] = (description, outputs) => new ClassifierDecoder(description, outputs),
        ["text-map"] = (description, outputs) => new TextMapDecoder(description, outputs),
        ["ctc-text"] = (description, outputs) => new CtcTextDecoder(description, outputs),
        ["embedding"] = (description, outputs) => new EmbeddingDecoder(description, outputs),
    };

    public static IDetectionDecoder Create(ModelDescription description, TensorShapes outputs) =>
        Known.TryGetValue(description.Decoder, out var create)
            ? create(description, outputs)
            : throw new ModelException(
                $"model '{description.Name}': decoder '{description.Decoder}' is not known; "
                + $"the known ones are {string.Join(", ", Known.Keys)}.");
}
