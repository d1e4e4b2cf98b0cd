using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weir.Vision.Models;

/// <summary>
/// What <c>model.json</c> in a model folder says: how pictures go into the ONNX file and what comes out of it.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The name of the file in the model folder.</summary>
    public const string FileName = "model.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>The model's name, as detections carry it.</summary>
    public required string Name { get; init; }

    /// <summary>The model's version, as detections carry it.</summary>
    public required string Version { get; init; }

    /// <summary>The ONNX file, in the same folder.</summary>
    public required string File { get; init; }

    /// <summary>How a picture goes in.</summary>
    public required ModelInputDescription Input { get; init; }

    /// <summary>
    /// How the outputs are read: <c>centernet</c>, <c>yolo</c>, <c>ssd</c>, <c>blazeface</c>, <c>classifier</c>,
    /// <c>text-map</c>, <c>ctc-text</c> or <c>embedding</c>.
    /// </summary>
    public required string Decoder { get; init; }

    /// <summary>The decoder's names for the outputs, each with the name of its tensor in the file.</summary>
    public required IReadOnlyDictionary<string, string> Outputs { get; init; }

    /// <summary>
    /// The classes, in the order of the model's class numbers; of <c>ctc-text</c> the characters after the blank; of
    /// <c>text-map</c> and <c>embedding</c> one name.
    /// </summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The least score of a detection, above 0 and below 1, where a camera says nothing else.</summary>
    public float Threshold { get; init; } = 0.4f;

    /// <summary>
    /// Of two boxes of one class that overlap by more than this (intersection over union, 0..1) the better one stays.
    /// </summary>
    public float Overlap { get; init; } = 0.5f;

    /// <summary>How the decoder <c>ssd</c> finds boxes.</summary>
    public BoxForm Boxes { get; init; }

    /// <summary>The class number that the first of <see cref="Classes"/> has in the outputs of the decoder <c>ssd</c>: 1 where 0 is the background.</summary>
    public int FirstClass { get; init; }

    /// <summary>The licence under which the model may be used.</summary>
    public required string Licence { get; init; }

    /// <summary>Where the model comes from.</summary>
    public required string Source { get; init; }

    /// <summary>Reads and checks a <c>model.json</c>.</summary>
    /// <exception cref="ModelException">The file is missing, is not JSON of this form, or a value is out of its range.</exception>
    public static ModelDescription Read(string path)
    {
        if (!System.IO.File.Exists(path))
            throw new ModelException($"{path} is missing: a model folder holds a {FileName} and the ONNX file that it names.");
        ModelDescription description;
        try
        {
            description = JsonSerializer.Deserialize<ModelDescription>(System.IO.File.ReadAllBytes(path), Json)
                ?? throw new ModelException($"{path} must hold an object, but holds null.");
        }
        catch (JsonException error)
        {
            throw new ModelException($"{path} cannot be read: {error.Message}", error);
        }
        return description.Fault() is { } fault ? throw new ModelException($"{path}: {fault}") : description;
    }

    /// <summary>The content of the file, as UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>The tensor that <see cref="Outputs"/> names for what a decoder needs.</summary>
    /// <exception cref="ModelException">It names none.</exception>
    internal string OutputOf(string name) => Outputs.TryGetValue(name, out var tensor)
        ? tensor
        : throw new ModelException($"model '{Name}': outputs must name the tensor of '{name}' for the decoder {Decoder}.");

    private string? Fault()
    {
        foreach (var (name, value) in ((string, string)[])[("name", Name), ("version", Version), ("file", File), ("decoder", Decoder)])
            if (string.IsNullOrWhiteSpace(value)) return $"{name} must not be empty.";

        if (Path.GetFileName(File) != File) return $"file must be a name in the same folder, but is '{File}'.";
        if (FirstClass < 0) return $"firstClass must be 0 or more, but is {FirstClass}.";
        if (Classes.Count == 0) return "classes must list at least one class.";
        if (!(Threshold is > 0 and < 1)) return $"threshold must be above 0 and below 1, but is {Threshold}.";
        if (!(Overlap is > 0 and <= 1)) return $"overlap must be above 0 and at most 1, but is {Overlap}.";
        return Input.Fault();
    }
}

/// <summary>How a row of four numbers is a box.</summary>
public enum BoxForm
{
    /// <summary>Left, top, right, bottom in pixels of the input (torchvision).</summary>
    Pixels,

    /// <summary>Left, top, right, bottom in parts of the input, 0..1.</summary>
    Relative,

    /// <summary>Top, left, bottom, right in parts of the input, 0..1 (TensorFlow's object detection).</summary>
    RelativeTopFirst,
}
