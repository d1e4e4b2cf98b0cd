using System.Diagnostics;
using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>
/// Appends of 100 B events: sixteen callers, each of which awaits its batch before it sends the next. Both logs take turns.
/// </summary>
internal sealed class AppendRates(TimeSpan duration, int rounds)
{
    private const int Callers = 16;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);

    private readonly byte[] payload = new byte[100];

    public async Task<IEnumerable<Figure>> RunAsync()
    {
        var figures = new List<Figure>();
        foreach (var durability in Enum.GetValues<StreamDurability>())
        {
            foreach (var batch in (int[])[1, 10, 100, 1000]) figures.AddRange(await MeasureAsync(durability, batch));
        }
        return figures;
    }

    private async Task<IEnumerable<Figure>> MeasureAsync(StreamDurability durability, int batch)
    {
        var (ours, theirs, allocated) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            await using (var folder = new StreamFolder())
            {
                var (rate, bytes) = await AppendAsync(folder, durability, batch);
                ours.Add(rate);
                allocated.Add(bytes);
                using var peer = new FasterLogPeer(folder.Beside("peer"), durability);
                theirs.Add(await AppendAsync(peer, batch));
            }
        }
        var name = $"append, {durability}, batches of {batch}";
        var median = Measurements.Median(ours);
        var figures = new List<Figure> { new(name, median, "events/s", "FasterLog", Measurements.Median(theirs), Goal: 1) };
        if (durability == StreamDurability.Written && batch == 100)
            figures.Add(new Figure($"{name}: goal", median, "events/s", "2 M events/s", 2_000_000, Goal: 1));
        if (batch == 1000) figures.Add(new Figure($"{name}: memory allocated", Measurements.Median(allocated), "B/event"));
        return figures;
    }

    private async Task<(double Rate, double BytesAllocated)> AppendAsync(StreamFolder folder, StreamDurability durability, int batch)
    {
        var stream = await folder.CreateAsync("append", durability);
        await using var writer = await folder.Store.OpenWriterAsync(stream, Guid.NewGuid());
        var events = StreamsBenchmark.Batch(payload, batch);
        await LoadAsync(WarmUp, async () => await writer.AppendAsync(events));
        var before = GC.GetTotalAllocatedBytes();
        var rate = await LoadAsync(duration, async () => await writer.AppendAsync(events));
        var allocated = GC.GetTotalAllocatedBytes() - before;
        return (rate * batch, allocated / Math.Max(1, rate * duration.TotalSeconds * batch));
    }

    private async Task<double> AppendAsync(FasterLogPeer peer, int batch)
    {
        var events = new FasterLogPeer.SpanBatch(payload, batch);
        await LoadAsync(WarmUp, () => peer.AppendAsync(events));
        return batch * await LoadAsync(duration, () => peer.AppendAsync(events));
    }

    // Appends in a second.
    private static async Task<double> LoadAsync(TimeSpan time, Func<ValueTask> append)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                await append();
                count++;
            }
            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
