using System.Text;
using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

public sealed class ModelFolderTests : IDisposable
{
    private static readonly ModelDescription Tiny = TinyModel.Description;
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_description_survives_its_file()
    {
        var path = folder.Write("model.json", Tiny.ToJson());

        var read = ModelDescription.Read(path);

        Assert.Equal(Tiny.Input, read.Input);
        Assert.Equal(Tiny.Classes, read.Classes);
        Assert.Equal(Tiny.ToJson(), read.ToJson());
    }

    [Fact]
    public void An_input_of_another_size_is_refused_by_the_name_of_its_tensor() =>
        Refused(Tiny with { Input = Tiny.Input with { Width = 128 } }, "input tensor 'pixels' must have the shape [1, 64, 128, 3], but the ONNX file says [1, 64, 64, 3].");

    [Fact]
    public void An_input_that_the_file_lacks_is_refused_with_those_it_has() =>
        Refused(Tiny with { Input = Tiny.Input with { Tensor = "images" } }, "the ONNX file has no input tensor 'images'; it has 'pixels'.");

    [Fact]
    public void An_output_that_the_file_lacks_is_refused_with_those_it_has() =>
        Refused(Tiny with { Outputs = new Dictionary<string, string> { ["detections"] = "boxes" } }, "the ONNX file has no output tensor 'boxes'; it has 'rows'.");

    [Fact]
    public void An_input_of_another_type_is_refused()
    {
        TinyModel.Write(folder, Tiny);
        folder.Write("model.json", (Tiny with { Input = Tiny.Input with { Element = InputElement.Float } }).ToJson());

        Assert.Contains("input tensor 'pixels' must hold Single elements, but holds Byte.", Load().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_decoder_is_refused_with_the_known_ones() =>
        Refused(Tiny with { Decoder = "yoloo" }, "decoder 'yoloo' is not known; the known ones are centernet, yolo, ssd, blazeface, classifier, text-map, ctc-text, embedding.");

    [Theory]
    [InlineData("\"threshold\": 0.01", "\"threshold\": 1.5", "threshold must be above 0 and below 1, but is 1.5.")]
    [InlineData("\"width\": 64", "\"width\": 3", "input.width must be between 16 and 4096, but is 3.")]
    [InlineData("\"file\": \"tiny.onnx\"", "\"file\": \"../tiny.onnx\"", "file must be a name in the same folder, but is '../tiny.onnx'.")]
    [InlineData("\"scale\": 1,", "\"scale\": 2,", "input.element byte takes the pixels as they are")]
    [InlineData("\"decoder\"", "\"decodr\"", "could not be mapped")]
    [InlineData("\"rgb\"", "\"grb\"", "could not be converted")]
    public void A_wrong_field_is_named(string right, string wrong, string sentence)
    {
        TinyModel.Write(folder, Tiny);
        var json = File.ReadAllText(folder["model.json"]);
        Assert.Contains(right, json, StringComparison.Ordinal);
        folder.Write("model.json", Encoding.UTF8.GetBytes(json.Replace(right, wrong, StringComparison.Ordinal)));

        var message = Load().Message;

        Assert.Contains(folder["model.json"], message, StringComparison.Ordinal);
        Assert.Contains(sentence, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.Contains($"{folder["model.json"]} is missing", Load().Message, StringComparison.Ordinal);

        TinyModel.Write(folder, Tiny);
        File.Delete(folder["tiny.onnx"]);
        Assert.Contains($"the ONNX file {folder["tiny.onnx"]} is missing", Load().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_ONNX_is_refused()
    {
        TinyModel.Write(folder, Tiny);
        folder.Write("tiny.onnx", "no model"u8.ToArray());

        Assert.Contains($"{folder["tiny.onnx"]} cannot be loaded", Load().Message, StringComparison.Ordinal);
    }

    private void Refused(ModelDescription description, string sentence)
    {
        TinyModel.Write(folder, description);
        Assert.Equal($"model 'tiny': {sentence}", Load().Message);
    }

    private ModelException Load() => Assert.Throws<ModelException>(() => DetectionModel.Load(folder.Path).Dispose());
}
