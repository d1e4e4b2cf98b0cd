using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

/// <summary>How pixels become elements, and how parts of a picture become inputs.</summary>
public sealed class PixelTests
{
    private static readonly ModelInputDescription Input = TinyModel.Description.Input with { Element = InputElement.Float, Width = 16, Height = 17 };

    [Theory]
    [InlineData(InputLayout.Nhwc)]
    [InlineData(InputLayout.Nchw)]
    public void Each_colour_has_its_mean_and_deviation(InputLayout layout)
    {
        var input = Input with { Layout = layout, Scale = 0.5f, Offset = 1, Mean = [10, 20, 30], Deviation = [1, 2, 4] };
        var random = new Random(5);
        var pixels = new byte[16 * 17 * 3];
        random.NextBytes(pixels);
        var elements = new float[pixels.Length];

        PixelConversion.Convert(pixels, elements, input);

        for (var pixel = 0; pixel < 16 * 17; pixel++)
        {
            for (var colour = 0; colour < 3; colour++)
            {
                var expected = (pixels[3 * pixel + colour] * 0.5f + 1 - input.Mean![colour]) / input.Deviation![colour];
                var at = layout == InputLayout.Nhwc ? 3 * pixel + colour : colour * 16 * 17 + pixel;
                Assert.Equal(expected, elements[at], 3);
            }
        }
    }

    [Fact]
    public void A_part_of_a_picture_is_averaged_as_it_becomes_smaller()
    {
        // Columns 0..31 black, 32..63 of rising brightness; the part is the right half, brought from 32 to 16 columns.
        var picture = Picture(64, 32, (x, _) => (byte)(x < 32 ? 0 : 4 * (x - 32)));
        var target = new byte[16 * 16 * 3];

        Resampling.Crop(picture, new PictureSize(64, 32), new PixelArea(32, 0, 32, 32), false, Input with { Height = 16 }, target);

        for (var x = 0; x < 16; x++) Assert.InRange(target[x * 3], 8 * x + 1, 8 * x + 3);
    }

    [Fact]
    public void A_part_of_a_picture_can_be_turned_upside_down()
    {
        var picture = Picture(16, 16, (x, y) => (byte)(10 * x + y));
        var target = new byte[16 * 16 * 3];

        Resampling.Crop(picture, new PictureSize(16, 16), new PixelArea(0, 0, 16, 16), true, Input with { Height = 16 }, target);

        Assert.Equal(165, target[0]);
        Assert.Equal(0, target[^1]);
    }

    [Fact]
    public void A_part_that_keeps_its_shape_stands_in_the_corner_and_the_rest_is_grey()
    {
        var picture = Picture(64, 64, (_, _) => 200);
        var target = new byte[32 * 16 * 3];

        Resampling.Crop(picture, new PictureSize(64, 64), new PixelArea(8, 8, 20, 20), false, Input with { Width = 32, Height = 16, Fit = PictureFit.Corner }, target);

        Assert.Equal(200, target[15 * 3]);
        Assert.Equal(114, target[16 * 3]);
    }

    [Fact]
    public void A_part_that_becomes_larger_is_drawn_between_its_pixels()
    {
        var picture = Picture(2, 1, (x, _) => (byte)(100 * x));
        var target = new byte[16 * 16 * 3];

        Resampling.Crop(picture, new PictureSize(2, 1), new PixelArea(0, 0, 2, 1), false, Input with { Height = 16 }, target);

        var row = Enumerable.Range(0, 16).Select(x => target[x * 3]).ToArray();
        Assert.Equal(row.Order(), row);
        Assert.Equal((0, 100), (row[0], row[15]));
        Assert.InRange(row[7], 43, 50);
    }

    [Theory]
    [InlineData(0.25, 0.5, 0.75, 1, 0, 16, 32, 32, 32)]
    [InlineData(0.25, 0.25, 0.5, 0.5, 0.5, 8, 8, 32, 32)]
    [InlineData(0.9, 0.9, 1, 1, 1, 51, 51, 13, 13)]
    public void A_box_in_pixels_stays_within_the_picture(float left, float top, float right, float bottom, float margin, int x, int y, int width, int height)
    {
        var area = PixelArea.Of(new Box(left, top, right, bottom), new PictureSize(64, 64), margin);

        Assert.Equal((x, y, width, height), (area.Left, area.Top, area.Width, area.Height));
        Assert.Equal(new Box(x / 64f, y / 64f, (x + width) / 64f, (y + height) / 64f), area.ToPicture(new Box(0, 0, 1, 1), new PictureSize(64, 64)));
    }

    private static byte[] Picture(int width, int height, Func<int, int, byte> brightness)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = brightness(i / 3 % width, i / 3 / width);
        return pixels;
    }
}
