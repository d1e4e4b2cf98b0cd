using System.Diagnostics;
using FASTER.core;
using Weir.Streams;

namespace Weir.Benchmarks.Streams;

/// <summary>Reads of a stream from its beginning: from the page cache, and after the system was made to forget the pages.</summary>
internal sealed class ReadRates(int events, int rounds)
{
    private const int BatchEvents = 100;

    private readonly byte[] payload = new byte[100];

    public async Task<IEnumerable<Figure>> RunAsync()
    {
        await using var folder = new StreamFolder();
        var stream = await FillAsync(folder);
        var streamFolder = Path.Combine(folder.Beside("store"), stream.Scope, stream.Stream);
        var segment = Directory.EnumerateFiles(streamFolder, "*.seg").First();
        using var peer = await FillPeerAsync(folder);

        var (warm, cold, plainWarm, plainCold, peerWarm) =
            (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var allocated = new List<double>();
        await ReadAsync(folder, stream);
        for (var round = 0; round < rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes();
            warm.Add(await ReadAsync(folder, stream));
            allocated.Add((GC.GetTotalAllocatedBytes() - before) / (double)events);
            plainWarm.Add(MachineLimits.ReadFile(segment) / 112);
            peerWarm.Add(ReadPeer(peer));
            MachineLimits.ForgetPages(streamFolder);
            cold.Add(await ReadAsync(folder, stream));
            MachineLimits.ForgetPages(streamFolder);
            plainCold.Add(MachineLimits.ReadFile(segment) / 112);
        }
        return
        [
            new Figure("read, warm", Measurements.Median(warm), "events/s", "FasterLog", Measurements.Median(peerWarm), Goal: 1),
            new Figure("read, warm: beside the file itself", Measurements.Median(warm), "events/s", "plain read, same bytes", Measurements.Median(plainWarm)),
            new Figure("read, cold", Measurements.Median(cold), "events/s", "plain read, same bytes, cold", Measurements.Median(plainCold)),
            new Figure("read, warm: memory allocated", Measurements.Median(allocated), "B/event"),
        ];
    }

    private async Task<StreamName> FillAsync(StreamFolder folder)
    {
        var stream = await folder.CreateAsync("read", StreamDurability.Written);
        await using var writer = await folder.Store.OpenWriterAsync(stream, Guid.NewGuid());
        var batch = StreamsBenchmark.Batch(payload, BatchEvents);
        for (var i = 0; i < events / BatchEvents; i++) await writer.AppendAsync(batch);
        return stream;
    }

    private async Task<FasterLogPeer> FillPeerAsync(StreamFolder folder)
    {
        var peer = new FasterLogPeer(folder.Beside("peer"), StreamDurability.Written);
        var batch = new FasterLogPeer.SpanBatch(payload, BatchEvents);
        for (var i = 0; i < events / BatchEvents; i++) await peer.AppendAsync(batch);
        return peer;
    }

    private async Task<double> ReadAsync(StreamFolder folder, StreamName stream)
    {
        await using var reader = await folder.Store.OpenReaderAsync(stream, StreamPosition.Earliest);
        var (read, sum, start) = (0, 0L, Stopwatch.GetTimestamp());
        while (read < events)
        {
            var batch = await reader.ReadAsync();
            foreach (ref readonly var stored in batch.Events.Span) sum += stored.Payload.Span[^1];
            read += batch.Events.Length;
            batch.Release();
        }
        if (sum != 0) throw new InvalidDataException("The events are not those that were written.");
        return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private double ReadPeer(FasterLogPeer peer)
    {
        using var reader = peer.Log.Scan(0, long.MaxValue);
        var sum = new Summing();
        var start = Stopwatch.GetTimestamp();
        while (sum.Read < events && reader.TryConsumeNext(sum)) { }
        if (sum.Read < events) throw new InvalidDataException($"FasterLog gave {sum.Read:N0} of {events:N0} events.");
        return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class Summing : ILogEntryConsumer
    {
        public int Read { get; private set; }

        public long Sum { get; private set; }

        public void Consume(ReadOnlySpan<byte> entry, long currentAddress, long nextAddress)
        {
            Sum += entry[^1];
            Read++;
        }
    }
}
