using System.Diagnostics;
using FASTER.core;
using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>From the call of an append to the moment a reader that waits at the tail has the event; one every millisecond.</summary>
internal sealed class TailLatency(TimeSpan duration, int batch)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly byte[] payload = new byte[100];

    public async Task<IEnumerable<Figure>> RunAsync()
    {
        var figures = new List<Figure>();
        foreach (var durability in (StreamDurability[])[StreamDurability.Written, StreamDurability.Synced])
        {
            await using var folder = new StreamFolder();
            var ours = await MeasureAsync(folder, durability);
            using var peer = new FasterLogPeer(folder.Beside("peer"), durability);
            var theirs = await MeasureAsync(peer);
            foreach (var (name, part) in (IEnumerable<(string, double)>)[("p50", 0.50), ("p99", 0.99)])
            {
                figures.Add(new Figure($"append to tail reader, {durability}, {name}", Measurements.Percentile(ours, part), "µs",
                    "FasterLog", Measurements.Percentile(theirs, part)));
            }
        }
        return figures;
    }

    private async Task<List<double>> MeasureAsync(StreamFolder folder, StreamDurability durability)
    {
        var stream = await folder.CreateAsync("tail", durability);
        await using var writer = await folder.Store.OpenWriterAsync(stream, Guid.NewGuid());
        await using var reader = await folder.Store.OpenReaderAsync(stream, StreamPosition.Latest);
        var events = StreamsBenchmark.Batch(payload, batch);
        return await PaceAsync(async () => await writer.AppendAsync(events), async () =>
        {
            for (var got = 0; got < batch;) got += (await reader.ReadAsync()).Events.Length;
        });
    }

    private async Task<List<double>> MeasureAsync(FasterLogPeer peer)
    {
        var events = new FasterLogPeer.SpanBatch(payload, batch);
        using var reader = peer.Log.Scan(0, long.MaxValue);
        return await PaceAsync(() => peer.AppendAsync(events), async () =>
        {
            for (var got = 0; got < batch;)
            {
                if (reader.GetNext(out _, out _, out _)) got++;
                else await reader.WaitAsync();
            }
        });
    }

    private async Task<List<double>> PaceAsync(Func<ValueTask> append, Func<Task> read)
    {
        var times = new List<double>();
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < duration + duration)
        {
            var reading = Task.Run(read);
            await Task.Delay(Pause);
            var start = Stopwatch.GetTimestamp();
            var done = reading.ContinueWith(
                _ => Stopwatch.GetElapsedTime(start), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            await append();
            var time = (await done).TotalMicroseconds;
            // The first ones are compiled while they run.
            if (Stopwatch.GetElapsedTime(begin) > duration / 4) times.Add(time);
        }
        return times;
    }
}
