using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

public sealed class ModelSwapTests : IDisposable
{
    private static readonly PictureSize Square = new(100, 100);
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_version_is_taken_into_use_without_a_lost_picture()
    {
        using var model = TinyModel.Load(folder);
        using var input = Grey(model);
        var asked = new List<Task<DetectionResult>>();
        for (var i = 0; i < 100; i++) asked.Add(model.DetectAsync(input, Square, null, TestContext.Current.CancellationToken));

        TinyModel.Write(folder, TinyModel.Description with { Version = "2" });
        Assert.True(model.Refresh());
        for (var i = 0; i < 100; i++) asked.Add(model.DetectAsync(input, Square, null, TestContext.Current.CancellationToken));

        var results = await Task.WhenAll(asked);
        Assert.All(results, result => Assert.Equal(3, result.Detections.Count));
        Assert.All(results.Take(100), result => Assert.Equal("1", result.Model.Version));
        Assert.All(results.Skip(100), result => Assert.Equal("2", result.Model.Version));
        Assert.Equal("2", model.Description.Version);
        Assert.False(model.Refresh());
    }

    [Fact]
    public async Task A_version_that_cannot_be_loaded_leaves_the_one_in_use()
    {
        using var model = TinyModel.Load(folder);
        using var input = Grey(model);
        folder.Write("tiny.onnx", "no model"u8.ToArray());

        Assert.False(model.Refresh());

        Assert.Contains("cannot be loaded", model.Fault, StringComparison.Ordinal);
        var result = await model.DetectAsync(input, Square, null, TestContext.Current.CancellationToken);
        Assert.Equal(("1", 3), (result.Model.Version, result.Detections.Count));

        TinyModel.Write(folder, TinyModel.Description with { Version = "3" });
        Assert.True(model.Refresh());
        Assert.Null(model.Fault);
    }

    [Fact]
    public async Task Pictures_made_for_the_version_before_fit_the_new_one()
    {
        using var model = TinyModel.Load(folder, TinyModel.Description with { Input = TinyModel.Description.Input with { Fit = PictureFit.Stretch } });
        using var input = model.CreateInput();
        var pixels = input.Pixels.Span;
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (51, 153, 204);
        // The same graph, but for pictures whose colours come the other way round, letterboxed.
        TinyModel.Write(folder, TinyModel.Description with
        {
            Version = "2",
            Input = TinyModel.Description.Input with { Colour = InputColour.Bgr, Fit = PictureFit.Letterbox },
        });
        Assert.True(model.Refresh());

        var result = await model.DetectAsync(input, new PictureSize(200, 100), null, TestContext.Current.CancellationToken);

        // Half of the input is grey (114) now, and what was blue comes first.
        Assert.Equal(["first", "second", "third"], result.Detections.Select(found => found.Class));
        Assert.Equal([(204 + 114) / 2f, (153 + 114) / 2f, (51 + 114) / 2f], result.Detections.Select(found => found.Score * 255), (a, b) => MathF.Abs(a - b) < 0.6f);
    }

    [Fact]
    public void Models_of_a_set_are_loaded_once_and_missing_ones_are_told_with_those_there_are()
    {
        Directory.CreateDirectory(folder["tiny"]);
        File.WriteAllBytes(Path.Combine(folder["tiny"], "model.json"), TinyModel.Description.ToJson());
        using (var made = new TestFolder())
        {
            TinyModel.Write(made, TinyModel.Description);
            File.Copy(made["tiny.onnx"], Path.Combine(folder["tiny"], "tiny.onnx"));
        }
        using var models = new ModelSet(folder.Path);

        Assert.Equal(["tiny"], models.Names);
        Assert.Empty(models.Loaded);
        Assert.Same(models.Open("tiny"), models.Open("tiny"));
        Assert.Equal("1", models.Describe("tiny").Version);
        Assert.Equal($"There is no model 'other'; the folder {folder.Path} has tiny.", Assert.Throws<ModelException>(() => models.Open("other")).Message);
        Assert.Throws<ModelException>(() => models.Open("../tiny"));
    }

    private static ModelInput Grey(DetectionModel model)
    {
        var input = model.CreateInput();
        input.Pixels.Span.Fill(128);
        return input;
    }
}
