using Weir.Vision.Cascades;
using Weir.Vision.Models;
using Weir.Vision.Pipeline;
using Weir.Vision.Tests.Media;
using Weir.Vision.Tracking;

namespace Weir.Vision.Tests.Cascades;

/// <summary>Second models on the objects of the first, through whole cameras, on pictures whose content is known.</summary>
public sealed class CascadeTests(SiteModels models) : IDisposable
{
    private static readonly TrackingOptions AtOnce = new() { ConfirmAfter = 1 };
    private static readonly CascadeOptions Plate = new() { Name = "plate", Classes = ["car", "truck", "bus"], Models = ["text-find", "text-direction", "text-read"] };
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_plate_is_read_on_the_car_and_stays_on_it()
    {
        Pedestrians.Require();
        // The white van at the right edge of vtest.avi, enlarged six times, with a plate drawn on it.
        var picture = folder["car.mkv"];
        Ffmpeg.Run("-ss", "5", "-i", Pedestrians.Video, "-frames:v", "4",
            "-vf", "crop=256:192:512:0,scale=1536:1152,drawbox=900:470:250:64:white:fill,drawtext=text='B 4217 KX':x=912:y=482:fontsize=46:fontcolor=black", "-c:v", "ffv1", picture);
        var results = await LookAsync(picture, [Plate]);

        var car = results[^1].Detections.FirstOrDefault(found => found.Attributes.Count > 0);
        Assert.True(car is not null, string.Join("; ", results[^1].Detections));
        var plate = Assert.Single(car.Attributes);
        Assert.Equal(("plate", "B4217KX"), (plate.Name, plate.Value.Replace(" ", "", StringComparison.Ordinal)));
        Assert.True(plate.Box!.Value.Overlap(new Box(905 / 1536f, 476 / 1152f, 1145 / 1536f, 528 / 1152f)) > 0.4f, plate.ToString());
        Assert.StartsWith("text-read ", plate.Model, StringComparison.Ordinal);
        // The second look comes a second later: until then the first one's outcome stays.
        Assert.All(results.Skip(1), result => Assert.Contains(result.Detections, found => found.Attributes.Count > 0));
    }

    [Fact]
    public async Task A_face_is_found_on_the_person()
    {
        // A man at a table, in the npm package's picture of people.
        var picture = folder["man.mkv"];
        Ffmpeg.Run("-loop", "1", "-i", Path.Combine(CenterNet.Package, "assets/samples.jpg"), "-frames:v", "2",
            "-vf", "crop=212:158:325:0,scale=848:632", "-pix_fmt", "yuv420p", "-c:v", "ffv1", picture);
        var results = await LookAsync(picture, [new CascadeOptions { Name = "face", Classes = ["person"], Models = ["faces"] }]);

        var face = Assert.Single(results[^1].Detections.SelectMany(found => found.Attributes).DistinctBy(found => found.Box));
        Assert.Equal(("face", "face"), (face.Name, face.Value));
        Assert.True(face.Box!.Value.Overlap(new Box(0.51f, 0.12f, 0.67f, 0.38f)) > 0.4f, face.ToString());
    }

    [Fact]
    public async Task The_parts_of_a_frame_go_through_each_model_together_and_those_where_nothing_is_found_no_further()
    {
        // Four tiles side by side: red, green, black, blue. The model finds what has one of the three colours, in a part of the tile.
        var pixels = new byte[4 * 32 * 32 * 3];
        foreach (var (tile, colour) in new[] { (0, 0), (1, 1), (3, 2) })
            for (var y = 0; y < 32; y++)
                for (var x = 0; x < 32; x++) pixels[(y * 128 + tile * 32 + x) * 3 + colour] = 255;
        var description = TinyModel.Description with { Input = TinyModel.Description.Input with { Batch = 4 }, Threshold = 0.5f };
        using var first = TinyModel.LoadBatched(folder, -1, description);
        using var other = new TestFolder();
        using var second = TinyModel.LoadBatched(other, 4, description with { Name = "second", Input = description.Input with { Batch = null } });
        using var cascade = new Cascade(new CascadeOptions { Name = "colour", Classes = ["tile"], Models = ["a", "b"], Margin = 0 }, [first, second]);
        var frame = new FullFrame(pixels, new PictureSize(128, 32));
        var tiles = Enumerable.Range(0, 4).Select(tile => new Box(tile / 4f, 0, (tile + 1) / 4f, 1)).ToList();

        var found = await cascade.LookAsync(frame, tiles, TestContext.Current.CancellationToken);

        Assert.Equal(["first", "second", null, "third"], found.Select(attribute => attribute?.Value));
        Assert.All(found.OfType<ObjectAttribute>(), attribute => Assert.Equal("second 1", attribute.Model));
        // The middle half of the middle half of the tile.
        Assert.Equal([0.09375f, 0.34375f, 0.84375f], found.OfType<ObjectAttribute>().Select(attribute => attribute.Box!.Value.Left));
        Assert.Equal(((1L, 4L), (1L, 3L)), ((first.Batch.Runs, first.Batch.Pictures), (second.Batch.Runs, second.Batch.Pictures)));
    }

    [Fact]
    public void Cascades_are_checked()
    {
        var options = new CameraOptions
        {
            Id = "a", Url = "a.avi",
            Cascades = [Plate, Plate with { Classes = [] }, Plate with { Name = "x", Margin = 2, LeastWidth = 0 }],
        };

        Assert.Equal(
            [
                "camera 'a': cascades must have different names, but 'plate' is there 2 times.",
                "camera 'a': cascade 'plate': classes must name at least one class.",
                "camera 'a': cascade 'x': margin must be between 0 and 1, but is 2.",
                "camera 'a': cascade 'x': leastWidth must be between 1 and 4,096, but is 0.",
            ],
            options.Faults());
        using var tiny = TinyModel.Load(folder);
        Assert.Throws<ModelException>(() => new CameraPipeline(options with { Cascades = [Plate with { Models = ["none"] }] }, tiny, open: models.Models.Open));
    }

    private async Task<List<FrameResult>> LookAsync(string file, IReadOnlyList<CascadeOptions> cascades)
    {
        var options = new CameraOptions { Id = "a", Url = file, Pacing = FramePacing.Model, JpegWidth = 0, Threshold = 0.25f, Tracking = AtOnce, Cascades = cascades };
        await using var pipeline = new CameraPipeline(options, models.Models.Open("centernet"), open: models.Models.Open);
        pipeline.Start();
        return await Eventually.Results(pipeline, int.MaxValue);
    }
}
