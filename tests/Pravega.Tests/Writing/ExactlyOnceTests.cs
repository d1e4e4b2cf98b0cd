using FsCheck;
using FsCheck.Fluent;
using Weir.Pravega.Reading;

namespace Weir.Pravega.Tests.Writing;

/// <summary>
/// Any interleaving of writes, lost acknowledgements, lost connections, seals, merges of all or some segments and rolling
/// transactions: each event is stored once, and those of a key are read in the order in which they were written.
/// </summary>
public sealed class ExactlyOnceTests
{
    private static readonly Gen<(string Kind, int Number)> Step =
        from kind in Gen.Frequency(
            (10, Gen.Constant("write")), (2, Gen.Constant("alone")), (14, Gen.Constant("connection")), (1, Gen.Constant("scale")), (2, Gen.Constant("part")),
            (1, Gen.Constant("roll")))
        from number in Gen.Choose(0, 10_000)
        select (kind, number);

    [Fact]
    public void Each_event_is_stored_once_and_read_in_its_keys_order() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400),
            Prop.ForAll(Step.ListOf().Resize(250).ToArbitrary(), steps =>
            {
                Run([.. steps]);
                return true;
            }));

    private static void Run(List<(string Kind, int Number)> steps)
    {
        var stream = new ModelStream(steps.Count % 3 + 1);
        var writer = new ModelWriter(stream);
        foreach (var (kind, number) in steps)
        {
            switch (kind)
            {
                case "write":
                    writer.Write(number % ModelWriter.Keys);
                    break;
                case "alone":
                    writer.Write(number % ModelWriter.Keys);
                    writer.Drain(number % ModelWriter.Keys);
                    break;
                case "connection":
                    writer.Step(number % 5, number / 5);
                    break;
                case "scale":
                    stream.Scale(number % 4 + 1);
                    break;
                case "part":
                    var first = number % stream.Current.Count;
                    stream.Scale(first, 1 + number / 10 % (stream.Current.Count - first), number / 100 % 3 + 1);
                    break;
                case "roll":
                    stream.Roll(number % 4 + 1);
                    break;
            }
        }
        writer.Drain();
        Assert.Equal(writer.Written.Sum(), writer.Completed);

        foreach (var readers in (int[])[1, 2, 3]) AssertRead(stream, writer.Written, readers, seed: steps.Count);
    }

    // Readers that share the key space, each on its own, with a new start now and then.
    private static void AssertRead(ModelStream stream, IReadOnlyList<int> written, int readers, int seed)
    {
        var random = new Random(seed);
        var seen = new int[ModelWriter.Keys];
        for (var r = 0; r < readers; r++)
        {
            var (low, high) = ((double)r / readers, r == readers - 1 ? 1 : (double)(r + 1) / readers);
            var frontier = new SegmentFrontier(low, high);
            foreach (var range in stream.First) frontier.Begin(range, 0);
            var all = stream.First.ToDictionary(range => range.Segment.Id);
            while (!frontier.IsAtEnd)
            {
                Assert.NotEmpty(frontier.Active);
                if (random.Next(4) == 0) frontier = Restarted(frontier, low, high, all);
                var (segment, offset) = frontier.Active.ElementAt(random.Next(frontier.Active.Count));
                var events = stream.Events(segment);
                if (offset < events.Count)
                {
                    var (key, number) = events[(int)offset];
                    frontier.Advance(segment, offset + 1);
                    if (!new SegmentRange(segment, low, high).Contains(ModelWriter.PlaceOf(key))) continue;
                    Assert.Equal(seen[key]++, number);
                    continue;
                }
                var followers = stream.Followers(segment);
                foreach (var follower in followers) all[follower.Range.Segment.Id] = follower.Range;
                frontier.End(segment, followers);
            }
        }
        Assert.Equal(written, seen);
    }

    private static SegmentFrontier Restarted(SegmentFrontier former, double low, double high, Dictionary<long, SegmentRange> all)
    {
        var again = new SegmentFrontier(low, high);
        foreach (var (id, offset) in former.Position()) again.Begin(all[id], offset);
        return again;
    }
}
