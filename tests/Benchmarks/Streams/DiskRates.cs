using System.Diagnostics;
using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>
/// How near a stream comes to what the disk does with a plain file: the same bytes, written in order and brought to the
/// device at the end. Beside it what one fsync costs here.
/// </summary>
internal sealed class DiskRates(int megabytes, int rounds)
{
    private const int EventBytes = 100;
    private const int BatchEvents = 1000;
    private const int Window = 16;

    public async Task<IEnumerable<Figure>> RunAsync()
    {
        var (ours, plain, cached, syncs) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            await using var folder = new StreamFolder();
            syncs.Add(MachineLimits.Sync(folder.Beside("sync"), TimeSpan.FromSeconds(1)));
            plain.Add(MachineLimits.WriteFile(folder.Beside("plain"), (long)megabytes << 20, synced: true));
            File.Delete(folder.Beside("plain"));
            ours.Add(await AppendAsync(folder));
            cached.Add(MachineLimits.WriteFile(folder.Beside("cached"), (long)megabytes << 20, synced: false));
        }
        return
        [
            new Figure("append, Written, then to the device", Measurements.Median(ours) / 1e6, "MB/s",
                "plain file, same bytes, then fsync", Measurements.Median(plain) / 1e6, Goal: 0.7),
            new Figure("limit: plain file into the page cache", Measurements.Median(cached) / 1e6, "MB/s"),
            new Figure("limit: append of 4 KiB and fsync", Measurements.Median(syncs), "1/s"),
            new Figure("limit: memory copy", MachineLimits.CopyMemory() / 1e6, "MB/s"),
        ];
    }

    private async Task<double> AppendAsync(StreamFolder folder)
    {
        var stream = await folder.CreateAsync("disk", StreamDurability.Written);
        await using var writer = await folder.Store.OpenWriterAsync(stream, Guid.NewGuid());
        var payload = new byte[EventBytes];
        new Random(2).NextBytes(payload);
        var batch = StreamsBenchmark.Batch(payload, BatchEvents);
        var start = Stopwatch.GetTimestamp();
        var appends = new Queue<Task<StreamRange>>();
        for (var left = ((long)megabytes << 20) / (BatchEvents * (EventBytes + 12)); left > 0; left--)
        {
            if (appends.Count == Window) await appends.Dequeue();
            appends.Enqueue(writer.AppendAsync(batch).AsTask());
        }
        while (appends.TryDequeue(out var append)) await append;
        // A change to Synced brings all that there is to the device.
        await folder.CreateAsync("disk", StreamDurability.Synced);
        return (await folder.Store.DescribeAsync(stream))!.Bytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
