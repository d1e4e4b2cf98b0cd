using System.Diagnostics;
using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>
/// Many streams at once, each with a writer that awaits its batches of 100 events of 100 B, beside as many writers of one
/// stream. A hundred FasterLogs in one process did next to nothing here (a few hundred events a second), for a reason that
/// was not found; they are no peer.
/// </summary>
internal sealed class ManyStreams(TimeSpan duration, int rounds, int streams)
{
    private const int BatchEvents = 100;

    public async Task<IEnumerable<Figure>> RunAsync()
    {
        var (many, one) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            await using var folder = new StreamFolder();
            many.Add(await MeasureAsync(folder, i => $"s{i}"));
            one.Add(await MeasureAsync(folder, _ => "one"));
        }
        return
        [
            new Figure($"append, Written, {streams} streams at once", Measurements.Median(many), "events/s",
                "one stream, as many writers", Measurements.Median(one)),
        ];
    }

    // Events in a second.
    private async Task<double> MeasureAsync(StreamFolder folder, Func<int, string> nameOf)
    {
        var batch = StreamsBenchmark.Batch(new byte[100], BatchEvents);
        var writers = new List<IStreamWriter>();
        for (var i = 0; i < streams; i++)
            writers.Add(await folder.Store.OpenWriterAsync(await folder.CreateAsync(nameOf(i), StreamDurability.Written), Guid.NewGuid()));
        foreach (var writer in writers) await writer.AppendAsync(batch);
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(writers.Select(writer => Task.Run(async () =>
        {
            var count = 0L;
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                await writer.AppendAsync(batch);
                count++;
            }
            return count;
        })));
        var rate = BatchEvents * counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (var writer in writers) await writer.DisposeAsync();
        return rate;
    }
}
