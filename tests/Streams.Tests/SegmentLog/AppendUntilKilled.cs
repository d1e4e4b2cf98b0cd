using System.Globalization;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>
/// The process that a crash test kills. Each of its writers goes on behind its last stored event, sends the batch before
/// once more, as after a lost answer, and prints each batch's last number once its append has ended.
/// </summary>
internal static class AppendUntilKilled
{
    public const string Command = "append-until-killed";
    public const int Writers = 4;

    // More than a test waits for. A process whose killer is late then rests, and does not fill the disk.
    private const int Batches = 200;

    public static readonly StreamName Name = new("crash", "stream");

    public static StreamOptions Options(StreamDurability durability) =>
        new() { SegmentBytes = 64 << 10, MaxBytes = 1L << 30, Durability = durability };

    public static async Task<int> RunAsync(string folder, string durability)
    {
        await using var store = new SegmentLogStore(new SegmentLogOptions { Directory = folder });
        await store.CreateAsync(Name, Options(Enum.Parse<StreamDurability>(durability)));
        var print = new Lock();
        var reading = ReadAsync(store);
        await Task.WhenAny(reading, Task.WhenAll(Enumerable.Range(0, Writers).Select(w => AppendAsync(store, w, print))));
        return 1;
    }

    private static async Task AppendAsync(SegmentLogStore store, int number, Lock print)
    {
        await using var writer = await store.OpenWriterAsync(Name, new Guid(number + 1, 0, 0, new byte[8]));
        var stored = writer.LastEventNumber;
        var first = Math.Max(0, stored - 2);
        var count = stored < 0 ? 1 : (int)(stored - first) + 3;
        for (var i = 0; i < Batches; i++, first += count, count = (int)(first % 5) + 1)
        {
            var texts = Enumerable.Range(0, count).Select(n => Text(number, first + n)).ToArray();
            await writer.AppendAsync(Payload.Numbered(first, texts));
            lock (print) Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{number}-{first + count - 1}\n"));
        }
        await Task.Delay(Timeout.Infinite);
    }

    // A reader that keeps its place and lets go of what it has read makes more moments to be killed at.
    private static async Task ReadAsync(SegmentLogStore store)
    {
        await using var reader = await store.OpenReaderAsync(Name, StreamPosition.Earliest);
        while (true)
        {
            var batch = await reader.ReadAsync();
            await store.WriteCheckpointAsync(Name, new ReaderCheckpoint("reader", batch.Next, Counts: false));
            await Task.Delay(20);
        }
    }

    private static string Text(int writer, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{writer}-{number}").PadRight(20 + (int)(number % 400), '.');
}
