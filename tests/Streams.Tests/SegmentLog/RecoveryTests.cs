using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>What the store makes of files that a crash or a bad disk has damaged.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task A_tail_torn_at_any_byte_costs_the_torn_batch_and_nothing_else()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("a", "b"));
        await temporary.Store.DisposeAsync();
        var sound = new FileInfo(temporary.Segments[0]).Length;
        await temporary.ReopenAsync();
        await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("c", "dd"));
        await temporary.Store.DisposeAsync();
        var whole = await File.ReadAllBytesAsync(temporary.Segments[0]);

        for (var length = sound; length < whole.Length; length++)
        {
            await temporary.ReopenAsync(() => File.WriteAllBytes(temporary.Segments[0], whole.AsSpan(0, (int)length)));
            Assert.Equal(["a", "b"], await temporary.Store.TextsAsync(TemporaryStore.Name));
            await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("e"));
            Assert.Equal(["a", "b", "e"], await temporary.Store.TextsAsync(TemporaryStore.Name));
        }
        await temporary.ReopenAsync(() => File.WriteAllBytes(temporary.Segments[0], whole));
        Assert.Equal(["a", "b", "c", "dd"], await temporary.Store.TextsAsync(TemporaryStore.Name));
    }

    [Fact]
    public async Task A_torn_first_segment_is_begun_anew()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("a"));
        await temporary.Store.DisposeAsync();
        var path = temporary.Segments[0];
        var whole = await File.ReadAllBytesAsync(path);

        for (var length = 0; length < whole.Length; length++)
        {
            await temporary.ReopenAsync(() => File.WriteAllBytes(path, whole.AsSpan(0, length)));
            Assert.Empty(await temporary.Store.TextsAsync(TemporaryStore.Name));
            await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("b"));
            Assert.Equal(["b"], await temporary.Store.TextsAsync(TemporaryStore.Name));
        }
    }

    [Fact]
    public async Task Zeros_behind_the_last_batch_are_cut()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 3);
        await temporary.ReopenAsync(() =>
        {
            using var file = File.OpenWrite(temporary.Segments[0]);
            file.SetLength(file.Length + 10_000);
        });
        await temporary.FillAsync(3, 3);
        await temporary.ReopenAsync();

        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(Enumerable.Range(0, 6), events.Select(TemporaryStore.Number));
        Assert.Empty(gaps);
    }

    [Fact]
    public async Task Sound_batches_behind_a_bad_one_in_the_newest_segment_are_dropped_and_declared()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 10);
        await temporary.ReopenAsync(() => Flip(temporary.Segments[0], TemporaryStore.Filler(4)));
        await temporary.FillAsync(10, 2);

        for (var opening = 0; opening < 2; opening++)
        {
            var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
            Assert.Equal([0, 1, 2, 3, 10, 11], events.Select(TemporaryStore.Number));
            var gap = Assert.Single(gaps);
            Assert.Equal((GapCause.Corrupt, 6L), (gap.Cause, gap.Events));
            Assert.Equal((4L, 10L), (gap.From.Offset, gap.To.Offset));
            Assert.Equal(10, events[4].Position.Offset);
            await temporary.ReopenAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_corrupt_batch_in_an_older_segment_is_a_gap_and_the_rest_stays_readable(bool inHead)
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 200);
        Assert.InRange(temporary.Segments.Count, 3, 10);
        var older = temporary.Segments[1];
        var before = new FileInfo(older).Length;
        await temporary.ReopenAsync(() => Flip(older, TemporaryStore.Filler(90), inHead ? -60 : 500));

        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);

        Assert.Equal(Enumerable.Range(0, 200).Where(n => n != 90), events.Select(TemporaryStore.Number));
        var gap = Assert.Single(gaps);
        Assert.Equal((GapCause.Corrupt, 1L, 90L), (gap.Cause, gap.Events, gap.From.Offset));
        Assert.Equal(before, new FileInfo(older).Length);
        Assert.Equal(91, TemporaryStore.Number((await temporary.Store.ReadAllAsync(TemporaryStore.Name, gap.To)).Events[0]));
    }

    [Fact]
    public async Task Every_flipped_byte_of_an_older_segment_costs_at_most_one_batch()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 150);
        await temporary.Store.DisposeAsync();
        var path = temporary.Segments[0];
        var whole = await File.ReadAllBytesAsync(path);
        var random = new Random(4711);

        for (var round = 0; round < 60; round++)
        {
            var damaged = (byte[])whole.Clone();
            var at = round < 20 ? round * 3 : round < 40 ? whole.Length - 1 - round : random.Next(whole.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            await temporary.ReopenAsync(() => File.WriteAllBytes(path, damaged));

            var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
            var lost = gaps.Sum(g => g.Events!.Value);
            Assert.Equal(150, events.Count + lost);
            Assert.InRange(lost, 0, 1);
            Assert.Equal(events.Select(e => e.Position.Offset), events.Select(e => (long)TemporaryStore.Number(e)));
        }
    }

    [Fact]
    public async Task A_missing_segment_file_is_a_gap()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 200);
        var second = temporary.Segments[1];
        var from = long.Parse(Path.GetFileNameWithoutExtension(second), System.Globalization.CultureInfo.InvariantCulture);
        await temporary.ReopenAsync(() => File.Delete(second));

        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(from, Assert.Single(gaps).From.Offset);
        Assert.Equal(200, events.Count + gaps[0].Events!.Value);
    }

    [Fact]
    public async Task Offsets_that_a_reader_has_seen_are_not_given_out_again_when_the_tail_is_lost()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("a"));
        var length = new FileInfo(temporary.Segments[0]).Length;
        await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("b", "c"));
        await temporary.Store.WriteCheckpointAsync(TemporaryStore.Name, new ReaderCheckpoint("r", StreamPosition.Latest));
        await temporary.ReopenAsync(() =>
        {
            using var file = File.OpenWrite(temporary.Segments[0]);
            file.SetLength(length);
        });
        await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("d"));

        var at = (await temporary.Store.ReadCheckpointAsync(TemporaryStore.Name, "r"))!.Position;
        Assert.Equal(["d"], await temporary.Store.TextsAsync(TemporaryStore.Name, at));
        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(["a", "d"], events.Select(e => e.Text()));
        Assert.Equal(2, Assert.Single(gaps).Events);
    }

    [Fact]
    public async Task A_position_behind_the_tail_is_told_as_a_gap()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var range = await temporary.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("a"));
        var behind = range.Next with { Offset = range.Next.Offset + 5 };
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, behind);

        var batch = await reader.ReadAsync();
        Assert.Equal((GapCause.Corrupt, range.Next), (batch.Gap!.Cause, batch.Next));
    }

    [Fact]
    public async Task Writers_are_known_after_the_newest_segments_head_is_lost()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        var id = Guid.NewGuid();
        await using (var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id))
            await writer.AppendAsync(Payload.Numbered(0, "a"));
        await temporary.FillAsync(0, 100);
        await temporary.ReopenAsync(() => Flip(temporary.Segments[^1], 4));

        await using var again = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id);
        Assert.Equal(0, again.LastEventNumber);
    }

    private static void Flip(string path, string near, int distance = 500)
    {
        var at = File.ReadAllBytes(path).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(near[..8]));
        Assert.True(at > 0);
        Flip(path, at + distance);
    }

    private static void Flip(string path, int at)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        var was = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(was ^ 0x10));
    }
}
