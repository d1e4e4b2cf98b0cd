using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

/// <summary>The real detector on real pictures. The expected boxes were looked at, drawn over the frame.</summary>
public sealed class CenterNetTests(CenterNet centerNet)
{
    private static readonly Box[] PedestriansAt5Seconds =
    [
        new(0.481f, 0.309f, 0.524f, 0.448f),
        new(0.565f, 0.304f, 0.597f, 0.421f),
        new(0.658f, 0.373f, 0.705f, 0.533f),
        new(0.718f, 0.375f, 0.760f, 0.523f),
        new(0.877f, 0.448f, 0.923f, 0.637f),
    ];

    [Fact]
    public async Task The_pedestrians_of_a_real_frame_are_found_where_they_walk()
    {
        var persons = await PersonsAt(5);

        var found = PedestriansAt5Seconds.Count(place => persons.Any(person => person.Box.Overlap(place) >= 0.4f));
        Assert.True(found >= 4, $"{found} of 5 were found: {string.Join("; ", persons)}");
        Assert.All(persons, person => Assert.InRange(person.Score, 0.4f, 1f));
    }

    [Fact]
    public async Task Another_frame_has_another_number_of_pedestrians()
    {
        var (early, late) = (await PersonsAt(5), await PersonsAt(20));

        Assert.InRange(early.Count, 4, 6);
        Assert.True(late.Count > early.Count, $"{early.Count} at 5 s, {late.Count} at 20 s");
    }

    [Fact]
    public async Task A_higher_threshold_leaves_the_surest_only()
    {
        Pedestrians.Require();
        using var input = InputAt(5);

        var all = await centerNet.Model.DetectAsync(input, new PictureSize(768, 576), 0.1f, TestContext.Current.CancellationToken);
        var sure = await centerNet.Model.DetectAsync(input, new PictureSize(768, 576), 0.6f, TestContext.Current.CancellationToken);

        Assert.Equal("person", Assert.Single(sure.Detections).Class);
        Assert.True(all.Detections.Count > 10);
        Assert.Equal(all.Detections.OrderByDescending(detection => detection.Score), all.Detections);
    }

    [Fact]
    public async Task Pictures_that_go_in_together_do_not_mix()
    {
        Pedestrians.Require();
        using var early = InputAt(5);
        using var late = InputAt(20);
        var alone = (await PersonsOf(early), await PersonsOf(late));

        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PersonsOf(i % 2 == 0 ? early : late)));

        Assert.All(together.Where((_, i) => i % 2 == 0), persons => Assert.Equal(alone.Item1, persons));
        Assert.All(together.Where((_, i) => i % 2 == 1), persons => Assert.Equal(alone.Item2, persons));
    }

    private async Task<IReadOnlyList<Detection>> PersonsAt(double seconds)
    {
        Pedestrians.Require();
        using var input = InputAt(seconds);
        return await PersonsOf(input);
    }

    private async Task<IReadOnlyList<Detection>> PersonsOf(ModelInput input)
    {
        var result = await centerNet.Model.DetectAsync(input, new PictureSize(768, 576), null, TestContext.Current.CancellationToken);
        return [.. result.Detections.Where(detection => detection.Class == "person")];
    }

    private ModelInput InputAt(double seconds)
    {
        var input = centerNet.Model.CreateInput();
        Pedestrians.PixelsAt(seconds, 512, 512).CopyTo(input.Pixels);
        return input;
    }
}
