using System.Diagnostics;
using Weir.Benchmarks.Streams;
using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Benchmarks.Pravega;

/// <summary>The embedded segment log with the same events, for scale: in this process, without a server.</summary>
internal static class EmbeddedRun
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    public static async Task<double> WriteAsync(int size)
    {
        var folder = Directory.CreateTempSubdirectory("weir-bench-").FullName;
        try
        {
            await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder });
            var name = new StreamName("bench", "embedded");
            await store.CreateAsync(name, new StreamOptions { Durability = StreamDurability.Written });
            await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
            var batch = StreamsBenchmark.Batch(new byte[size], Math.Max(1, 50_000 / size));
            var (events, started) = (0L, Stopwatch.GetTimestamp());
            while (Stopwatch.GetElapsedTime(started) < Duration)
            {
                await writer.AppendAsync(batch);
                events += batch.Events.Length;
            }
            return events / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
