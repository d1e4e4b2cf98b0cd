using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

public sealed class DetectionModelTests : IDisposable
{
    private static readonly PictureSize Square = new(100, 100);
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<InputElement, InputLayout> Forms => new()
    {
        { InputElement.Byte, InputLayout.Nhwc },
        { InputElement.Float, InputLayout.Nhwc },
        { InputElement.Float, InputLayout.Nchw },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Each_colour_reaches_its_place_whatever_form_the_input_has(InputElement element, InputLayout layout)
    {
        var input = TinyModel.Description.Input with { Element = element, Layout = layout, Scale = element == InputElement.Float ? 1 / 255f : 1 };
        using var model = TinyModel.Load(folder, TinyModel.Description with { Input = input });
        using var pixels = model.CreateInput();
        Fill(pixels, 51, 153, 204);

        var result = await model.DetectAsync(pixels, Square, null, TestContext.Current.CancellationToken);

        Assert.Equal(["third", "second", "first"], result.Detections.Select(detection => detection.Class));
        Assert.Equal([0.8f, 0.6f, 0.2f], result.Detections.Select(detection => MathF.Round(detection.Score, 3)));
    }

    [Theory]
    [InlineData(PictureFit.Stretch, 200, 100, 0.25, 0.25, 0.75, 0.75)]
    [InlineData(PictureFit.Letterbox, 200, 100, 0.25, 0, 0.75, 1)]
    [InlineData(PictureFit.Letterbox, 100, 200, 0, 0.25, 1, 0.75)]
    [InlineData(PictureFit.Letterbox, 100, 100, 0.25, 0.25, 0.75, 0.75)]
    [InlineData(PictureFit.Letterbox, 128, 96, 0.25, 0.16667, 0.75, 0.83333)]
    public async Task A_box_comes_back_to_its_place_on_the_full_picture(PictureFit fit, int width, int height, float left, float top, float right, float bottom)
    {
        using var model = TinyModel.Load(folder, TinyModel.Description with { Input = TinyModel.Description.Input with { Fit = fit } });
        using var pixels = model.CreateInput();
        Fill(pixels, 255, 0, 0);

        var result = await model.DetectAsync(pixels, new PictureSize(width, height), null, TestContext.Current.CancellationToken);

        var box = Assert.Single(result.Detections).Box;
        Assert.Equal([left, top, right, bottom], [box.Left, box.Top, box.Right, box.Bottom], (a, b) => MathF.Abs(a - b) < 0.001f);
    }

    [Fact]
    public async Task A_cancelled_picture_leaves_the_queue()
    {
        using var model = TinyModel.Load(folder);
        using var pixels = model.CreateInput();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.DetectAsync(pixels, Square, null, cancelled.Token));
    }

    [Fact]
    public async Task What_is_queued_is_finished_before_the_model_goes()
    {
        var model = TinyModel.Load(folder);
        using var pixels = model.CreateInput();
        Fill(pixels, 255, 255, 255);
        var queued = Enumerable.Range(0, 20).Select(_ => model.DetectAsync(pixels, Square, null, default)).ToList();

        model.Dispose();

        Assert.All(await Task.WhenAll(queued), result => Assert.Equal(3, result.Detections.Count));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => model.DetectAsync(pixels, Square, null, default));
    }

    [Fact]
    public void Lanes_are_bounded()
    {
        TinyModel.Write(folder, TinyModel.Description);

        var error = Assert.Throws<ArgumentException>(() => DetectionModel.Load(folder.Path, new DetectionModelOptions { Lanes = 65 }));

        Assert.Equal("Lanes must be between 1 and 64, but is 65.", error.Message);
    }

    private static void Fill(ModelInput input, byte first, byte second, byte third)
    {
        var pixels = input.Pixels.Span;
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (first, second, third);
    }
}
