using Weir.Grains.Cameras;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Tests.Cameras;

public sealed class OccupancyWindowTests
{
    private readonly OccupancyWindow window = new(seconds: 10);

    [Fact]
    public void A_second_has_the_most_objects_of_any_of_its_frames()
    {
        window.Add(100, [new ClassCount("person", 2)]);
        window.Add(100, [new ClassCount("person", 5), new ClassCount("car", 1)]);
        window.Add(100, [new ClassCount("person", 3)]);

        var read = window.Read(100, 1);

        Assert.Equal(["car", "person"], read.Classes.Select(line => line.Class));
        Assert.Equal([1, 5], read.Classes.Select(line => line.Values[0]));
    }

    [Fact]
    public void A_second_with_frames_but_without_objects_is_zero_and_one_without_frames_is_nan()
    {
        window.Add(100, [new ClassCount("person", 2)]);
        window.Add(101, []);

        Assert.Equal([double.NaN, 2, 0, double.NaN], Assert.Single(window.Read(102, 4).Classes).Values);
    }

    [Fact]
    public void What_is_older_than_the_window_is_forgotten_and_changes_nothing()
    {
        window.Add(100, [new ClassCount("person", 2)]);
        window.Add(110, [new ClassCount("person", 1)]);
        window.Add(100, [new ClassCount("person", 9)]);

        Assert.Equal(1, Assert.Single(window.Read(110, 10).Classes).Values[^1]);
        Assert.Empty(window.Read(109, 9).Classes);
    }
}
