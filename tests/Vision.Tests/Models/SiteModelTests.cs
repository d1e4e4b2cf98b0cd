using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

/// <summary>The models that come with the project, on pictures whose content is known.</summary>
public sealed class SiteModelTests(SiteModels models) : IDisposable
{
    private static readonly Box Whole = new(0, 0, 1, 1);
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void They_are_all_there_and_say_where_they_come_from()
    {
        Assert.Equal(["centernet", "faces", "text-direction", "text-find", "text-read"], models.Models.Names);
        Assert.All(models.Models.Names.Select(models.Models.Describe), model =>
        {
            Assert.StartsWith("npm ", model.Source, StringComparison.Ordinal);
            Assert.NotEmpty(model.Licence);
        });
    }

    /// <summary>Two of the pictures in the npm package's picture of people; where the faces are was looked at.</summary>
    [Theory]
    [InlineData(0.2543, 0, 0.4199, 0.1367, 0.338, 0.016, 0.365, 0.052)]
    [InlineData(0.1298, 0, 0.2483, 0.1367, 0.163, 0.022, 0.199, 0.064)]
    public async Task A_face_is_found_where_it_is(float left, float top, float right, float bottom, float faceLeft, float faceTop, float faceRight, float faceBottom)
    {
        var picture = Path.Combine(CenterNet.Package, "assets/samples.jpg");

        var found = Assert.Single(await models.DetectAsync("faces", picture, new Box(left, top, right, bottom)));

        Assert.Equal("face", found.Class);
        Assert.True(found.Box.Overlap(new Box(faceLeft, faceTop, faceRight, faceBottom)) > 0.4f, found.ToString());
    }

    [Fact]
    public async Task A_line_of_text_is_found_turned_and_read()
    {
        var picture = folder["plate.png"];
        Ffmpeg.Run("-f", "lavfi", "-i", "color=0x4060a0:s=640x480", "-vf", "drawbox=200:220:240:70:white:fill,drawtext=text='B 4217 KX':x=220:y=235:fontsize=44:fontcolor=black", "-frames:v", "1", picture);

        var line = Assert.Single(await models.DetectAsync("text-find", picture, Whole));
        var upright = Assert.Single(await models.DetectAsync("text-direction", picture, line.Box));
        var read = Assert.Single(await models.DetectAsync("text-read", picture, line.Box));

        Assert.True(line.Box.Overlap(new Box(215 / 640f, 228 / 480f, 425 / 640f, 278 / 480f)) > 0.5f, line.ToString());
        Assert.Equal("0", upright.Class);
        Assert.Equal("B4217KX", read.Text!.Replace(" ", "", StringComparison.Ordinal));

        Ffmpeg.Run("-i", picture, "-vf", "hflip,vflip", folder["turned.png"]);
        var turned = Assert.Single(await models.DetectAsync("text-direction", folder["turned.png"], new Box(1 - line.Box.Right, 1 - line.Box.Bottom, 1 - line.Box.Left, 1 - line.Box.Top)));
        Assert.Equal("180", turned.Class);
    }
}
