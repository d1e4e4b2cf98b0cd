using System.Diagnostics;
using Weir.Pravega;

namespace Weir.Benchmarks.Pravega;

/// <summary>How fast something went, and what it took of memory and of this process's processor time for each event.</summary>
internal readonly record struct Rate(double PerSecond, double AllocatedPerEvent, double ProcessorNanoseconds);

/// <summary>This client, from one writing and one reading thread.</summary>
internal sealed class ClientRun(PravegaClient client, ScopedStream stream, int size)
{
    // A server that is gone for so long does not come back.
    private static readonly EventWriterOptions Options = new() { RetryFor = TimeSpan.FromSeconds(30) };
    private static readonly string[] Keys = [.. Enumerable.Range(0, 16).Select(i => $"key-{i}")];
    private long written;

    public async Task<Rate> WriteAsync(int warm, int count)
    {
        var payload = new byte[size];
        new Random(1).NextBytes(payload);
        await using var writer = await client.OpenWriterAsync(stream, Options);
        // The same writer, so that its buffers have grown before the measurement, as the compiler has done its work.
        await EnqueueAsync(warm);
        var meter = Meter.Start();
        await EnqueueAsync(count);
        written += warm + count;
        return meter.Per(count);

        async Task EnqueueAsync(int events)
        {
            for (var i = 0; i < events; i++)
            {
                var room = writer.EnqueueAsync(Keys[i % Keys.Length], payload);
                if (!room.IsCompletedSuccessfully) await room;
            }
            await writer.FlushAsync();
        }
    }

    public async Task<(double P50, double P99)> LoneAsync(int count)
    {
        await using var writer = await client.OpenWriterAsync(stream, Options);
        var payload = new byte[size];
        var times = new double[count];
        for (var i = 0; i < 100; i++) await writer.WriteAsync(Keys[0], payload);
        for (var i = 0; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await writer.WriteAsync(Keys[0], payload);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }
        written += count + 100;
        Array.Sort(times);
        return (times[count / 2], times[count * 99 / 100]);
    }

    public async Task<Rate> ReadAsync()
    {
        await using var reader = await client.OpenReaderAsync(stream);
        var (meter, events) = (Meter.Start(), 0L);
        while (events < written && await reader.ReadAsync() is { } batch)
        {
            using (batch)
            {
                foreach (var one in batch) events += one.Payload.Length >= 0 ? 1 : 0;
            }
        }
        return meter.Per(events);
    }

    private readonly record struct Meter(long Started, long Allocated, TimeSpan Processor)
    {
        public static Meter Start() => new(Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true), Environment.CpuUsage.TotalTime);

        public Rate Per(long events) => new(
            events / Stopwatch.GetElapsedTime(Started).TotalSeconds,
            (double)(GC.GetTotalAllocatedBytes(precise: true) - Allocated) / events,
            (Environment.CpuUsage.TotalTime - Processor).TotalNanoseconds / events);
    }
}
