using FsCheck;
using FsCheck.Fluent;
using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>Random sequences of calls, held against a list.</summary>
public sealed class ModelTests
{
    private sealed record Step(string Kind, int Number);

    [Fact]
    public void Any_sequence_of_calls_does_what_a_list_would()
    {
        var step =
            from kind in Gen.Frequency((8, Gen.Constant("append")), (3, Gen.Constant("read")), (1, Gen.Constant("truncate")),
                (2, Gen.Constant("reopen")), (2, Gen.Constant("repeat")), (1, Gen.Constant("seek")), (2, Gen.Constant("find")),
                (1, Gen.Constant("seal")))
            from number in Gen.Choose(0, 1000)
            select new Step(kind, number);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(60),
            Prop.ForAll(step.ListOf().Resize(60).ToArbitrary(), steps =>
            {
                RunAsync([.. steps]).GetAwaiter().GetResult();
                return true;
            }));
    }

    private static async Task RunAsync(IReadOnlyList<Step> steps)
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var (model, times, isSealed) = (new List<byte[]>(), new List<long>(), false);
        var id = Guid.NewGuid();
        var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id);
        var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        var read = 0;
        byte[][] lastBatch = [];
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case "append" when isSealed:
                    await Assert.ThrowsAsync<StreamSealedException>(() => AppendAsync(writer, [[1]], model.Count, 0));
                    break;
                case "append":
                    lastBatch = [.. Enumerable.Range(0, step.Number % 7 + 1).Select(i => Bytes(model.Count + i, step.Number))];
                    await AppendAsync(writer, lastBatch, model.Count, step.Number);
                    model.AddRange(lastBatch);
                    times.AddRange(Enumerable.Repeat((long)step.Number, lastBatch.Length));
                    break;
                case "repeat" when lastBatch.Length > 0 && !isSealed:
                    await AppendAsync(writer, lastBatch, model.Count - lastBatch.Length, step.Number);
                    break;
                case "find":
                    var first = (int)(await temporary.Store.DescribeAsync(TemporaryStore.Name))!.Head.Offset;
                    var expected = times.FindIndex(first, time => time >= step.Number);
                    Assert.Equal(
                        expected < 0 ? model.Count : expected, (await temporary.Store.FindAsync(TemporaryStore.Name, step.Number)).Offset);
                    break;
                // Seldom, so that most steps meet a stream that still grows.
                case "seal" when step.Number > 700:
                    await temporary.Store.SealAsync(TemporaryStore.Name);
                    isSealed = true;
                    break;
                case "read":
                    (var events, read) = await ReadAsync(reader, read, step.Number % 20 + 1, step.Number * 20 + 1);
                    foreach (var stored in events)
                        Assert.True(model[(int)stored.Position.Offset].AsSpan().SequenceEqual(stored.Payload.Span));
                    break;
                case "seek":
                    await reader.DisposeAsync();
                    read = step.Number % (model.Count + 1);
                    reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, new StreamPosition(0, read));
                    break;
                case "truncate":
                    var before = new StreamPosition(0, step.Number % (model.Count + 1));
                    var head = (await temporary.Store.DescribeAsync(TemporaryStore.Name))!.Head;
                    await temporary.Store.TruncateAsync(TemporaryStore.Name, before);
                    var newHead = (await temporary.Store.DescribeAsync(TemporaryStore.Name))!.Head;
                    Assert.InRange(newHead.Offset, head.Offset, Math.Max(before.Offset, head.Offset));
                    break;
                case "reopen":
                    await temporary.ReopenAsync();
                    writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id);
                    reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, new StreamPosition(0, read));
                    break;
            }
            Assert.Equal(model.Count - 1, writer.LastEventNumber);
        }
        var (rest, _) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        var description = (await temporary.Store.DescribeAsync(TemporaryStore.Name))!;
        Assert.Equal((model.Count, isSealed), (description.Tail.Offset, description.IsSealed));
        Assert.Equal(model.Count - description.Head.Offset, rest.Count);
        foreach (var stored in rest) Assert.True(model[(int)stored.Position.Offset].AsSpan().SequenceEqual(stored.Payload.Span));
    }

    private static async Task<(StoredEvent[] Events, int Next)> ReadAsync(IStreamReader reader, int at, int maxEvents, int maxBytes)
    {
        if (await reader.TryReadAsync(maxEvents, maxBytes) is not { } batch) return ([], at);
        if (batch.Gap is { } gap) Assert.Equal((at, GapCause.Truncated), (gap.From.Offset, gap.Cause));
        else Assert.True(batch.Events.Length > 0 || batch.EndOfStream);
        return (batch.Events.ToArray(), (int)batch.Next.Offset);
    }

    private static async Task AppendAsync(IStreamWriter writer, byte[][] payloads, int number, long time) =>
        await writer.AppendAsync(new EventBatch(payloads.Select(p => new StreamEvent(p, time)).ToArray(), FirstEventNumber: number));

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length * (seed % 5)];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
