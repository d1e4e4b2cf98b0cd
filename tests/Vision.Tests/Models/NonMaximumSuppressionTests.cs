using Weir.Vision.Models;

namespace Weir.Vision.Tests.Models;

public sealed class NonMaximumSuppressionTests
{
    private static readonly Box Here = new(0.1f, 0.1f, 0.3f, 0.3f);
    private static readonly Box Beside = new(0.12f, 0.1f, 0.32f, 0.3f);
    private static readonly Box Elsewhere = new(0.25f, 0.1f, 0.45f, 0.3f);

    [Fact]
    public void Of_boxes_on_one_thing_the_best_stays() =>
        Assert.Equal([0.9f], Thin(new(0, 0.6f, Here), new(0, 0.9f, Beside), new(0, 0.5f, Here)));

    [Fact]
    public void Boxes_of_other_classes_stay() =>
        Assert.Equal([0.9f, 0.6f], Thin(new(0, 0.6f, Here), new(1, 0.9f, Here)));

    [Fact]
    public void Boxes_that_overlap_little_stay() =>
        Assert.Equal([0.9f, 0.6f], Thin(new(0, 0.6f, Here), new(0, 0.9f, Elsewhere)));

    [Fact]
    public void Overlap_is_the_common_part_of_both_together()
    {
        Assert.Equal(1, Here.Overlap(Here), 3);
        Assert.Equal(0.18f / 0.22f, Here.Overlap(Beside), 3);
        Assert.Equal(0, Here.Overlap(new Box(0.5f, 0.5f, 0.6f, 0.6f)));
        Assert.Equal(0, new Box(0.2f, 0.2f, 0.2f, 0.2f).Overlap(Here));
    }

    private static IEnumerable<float> Thin(params Candidate[] candidates)
    {
        var list = candidates.ToList();
        NonMaximumSuppression.Thin(list, 0.5f);
        return list.Select(candidate => candidate.Score);
    }
}
