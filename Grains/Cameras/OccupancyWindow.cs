using Weir.Grains.Interfaces.Cameras;

namespace Weir.Grains.Cameras;

/// <summary>
/// The most objects of each class on one frame, second by second, over the last seconds. Events may come late or
/// twice: a second takes the greatest count it is told of. Not thread-safe.
/// </summary>
internal sealed class OccupancyWindow(int seconds)
{
    private readonly (long Second, Dictionary<string, int> Counts)[] slots = new (long, Dictionary<string, int>)[seconds];

    /// <summary>Takes in what one frame showed.</summary>
    /// <param name="second">The second of the frame, since 1970 UTC.</param>
    /// <param name="counts">Objects by class; empty for a frame without any.</param>
    public void Add(long second, IEnumerable<ClassCount> counts)
    {
        ref var slot = ref slots[second % seconds];
        if (slot.Counts is null || slot.Second < second) slot = (second, new Dictionary<string, int>(StringComparer.Ordinal));
        else if (slot.Second > second) return;
        foreach (var (name, count) in counts)
            slot.Counts[name] = Math.Max(count, slot.Counts.GetValueOrDefault(name));
    }

    /// <summary>The seconds up to and with <paramref name="last"/>. A second without frames is NaN in every line.</summary>
    public Occupancy Read(long last, int count)
    {
        count = Math.Clamp(count, 1, seconds);
        var first = last - count + 1;
        var names = slots.Where(slot => slot.Counts is not null && slot.Second >= first && slot.Second <= last)
            .SelectMany(slot => slot.Counts.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var lines = names.Select(name => new ClassSeries(name,
            [.. Enumerable.Range(0, count).Select(i => At(first + i, name))])).ToList();
        return new Occupancy(DateTimeOffset.FromUnixTimeSeconds(first), count, lines);
    }

    private double At(long second, string name)
    {
        var slot = slots[second % seconds];
        return slot.Counts is null || slot.Second != second ? double.NaN : slot.Counts.GetValueOrDefault(name);
    }
}
