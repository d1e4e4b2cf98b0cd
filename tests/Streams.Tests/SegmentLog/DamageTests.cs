using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>
/// A small stream with an older and a newest segment, whose files are cut and corrupted at every byte. A reader's
/// checkpoint at the tail says what there was, so that all that is lost can be, and must be, declared.
/// </summary>
public sealed class DamageTests
{
    private const int BatchesEach = 3;

    [Fact]
    public Task The_older_segment_cut_at_any_byte_loses_what_lies_behind_the_cut_and_nothing_else() =>
        EachAsync(older: true, Cut, (small, at) => small.Older.Where(batch => batch.End <= at).Concat(small.Newest));

    [Fact]
    public Task The_newest_segment_cut_at_any_byte_keeps_what_lies_before_the_cut() =>
        EachAsync(older: false, Cut, (small, at) => small.Older.Concat(small.Newest.Where(batch => batch.End <= at)));

    [Fact]
    public Task A_flipped_bit_in_the_older_segment_loses_the_batch_that_it_lies_in() =>
        EachAsync(older: true, Flip, (small, at) => small.Older.Where(batch => at < batch.Start || at >= batch.End).Concat(small.Newest));

    [Fact]
    public Task A_flipped_bit_in_the_newest_segment_keeps_all_before_the_batch_that_it_lies_in() =>
        EachAsync(older: false, Flip, (small, at) => small.Older.Concat(small.Newest.TakeWhile(batch => at < batch.Start || at >= batch.End)));

    [Theory]
    [InlineData(StreamManifest.FileName)]
    [InlineData("readers/r")]
    public async Task A_small_file_cut_or_flipped_at_any_byte_is_told_and_costs_no_event(string file)
    {
        await using var small = await SmallStream.CreateAsync();
        var path = Path.Combine(small.Temporary.StreamFolder, file);
        var whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var damaged in (byte[][])[Cut(whole, at), Flip(whole, at)])
            {
                await small.RestoreAsync(path, damaged);
                var isOptions = file == StreamManifest.FileName;
                if (isOptions && !damaged.SequenceEqual(whole))
                {
                    // Cut just behind the JSON, or the end of its line, it is a file of the time before checksums.
                    if (whole.Length - damaged.Length is not (17 or 18))
                        await Assert.ThrowsAsync<ManifestUnreadableException>(() => small.Store.DescribeAsync(TemporaryStore.Name));
                    await small.Store.CreateAsync(TemporaryStore.Name, TemporaryStore.Small);
                }
                var (events, gaps) = await small.Store.ReadAllAsync(TemporaryStore.Name);
                Assert.Equal(small.Texts, events.Select(e => e.Text()));
                Assert.Empty(gaps);
                Assert.True(
                    await small.Store.ReadCheckpointAsync(TemporaryStore.Name, "r") is not { } checkpoint || checkpoint.Position.Offset == events.Count);
            }
        }
    }

    private static byte[] Cut(byte[] whole, int at) => whole[..at];

    private static byte[] Flip(byte[] whole, int at)
    {
        var damaged = (byte[])whole.Clone();
        damaged[at] ^= (byte)(1 << at % 8);
        return damaged;
    }

    private static async Task EachAsync(bool older, Func<byte[], int, byte[]> damage, Func<SmallStream, int, IEnumerable<PlacedBatch>> kept)
    {
        await using var small = await SmallStream.CreateAsync();
        var path = small.Temporary.Segments[older ? 0 : 1];
        var otherPath = small.Temporary.Segments[older ? 1 : 0];
        var (whole, other) = (await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(otherPath));
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = damage(whole, at);
            await small.RestoreAsync(path, damaged);

            var (events, gaps) = await small.Store.ReadAllAsync(TemporaryStore.Name);
            var expected = kept(small, at).SelectMany(batch => batch.Texts).ToList();
            Assert.True(expected.SequenceEqual(events.Select(e => e.Text())), $"at {at}: {string.Join(' ', events.Select(e => e.Text()))}");
            // Each event keeps its place, and what is missing is declared to the last one.
            Assert.All(events, e => Assert.Equal(small.Texts[(int)e.Position.Offset], e.Text()));
            Assert.Equal(small.Texts.Length, events.Count + gaps.Sum(gap => gap.Events!.Value));
            Assert.All(gaps, gap => Assert.Equal(GapCause.Corrupt, gap.Cause));
            // A sound segment is never rewritten, nor an older one at all.
            if (older)
            {
                Assert.Equal(damaged, await File.ReadAllBytesAsync(path));
                Assert.Equal(other, (await File.ReadAllBytesAsync(otherPath))[..other.Length]);
            }
            else
            {
                Assert.Equal(other, await File.ReadAllBytesAsync(otherPath));
            }

            var range = await small.Store.AppendAsync(TemporaryStore.Name, Payload.Batch("more"));
            Assert.Equal(small.Texts.Length, range.First.Offset);
            Assert.Equal("more", (await small.Store.ReadAllAsync(TemporaryStore.Name)).Events[^1].Text());
        }
    }

    private sealed record PlacedBatch(long Start, long End, string[] Texts);

    private sealed class SmallStream : IAsyncDisposable
    {
        private readonly string pristine = Directory.CreateTempSubdirectory("weir-pristine-").FullName;

        public required TemporaryStore Temporary { get; init; }

        public SegmentLogStore Store => Temporary.Store;

        public List<PlacedBatch> Older { get; } = [];

        public List<PlacedBatch> Newest { get; } = [];

        public string[] Texts => [.. Older.Concat(Newest).SelectMany(batch => batch.Texts)];

        public static async Task<SmallStream> CreateAsync()
        {
            var small = new SmallStream { Temporary = await TemporaryStore.CreateAsync() };
            await small.FillAsync(small.Older, 0);
            await small.Temporary.ReopenAsync(small.CloseSegment);
            await small.FillAsync(small.Newest, BatchesEach);
            await small.Store.WriteCheckpointAsync(TemporaryStore.Name, new ReaderCheckpoint("r", StreamPosition.Latest));
            await small.Store.DisposeAsync();
            Copy(small.Temporary.StreamFolder, small.pristine);
            return small;
        }

        /// <summary>Opens the stream as it was, with one file damaged.</summary>
        public Task RestoreAsync(string path, byte[] damaged) => Temporary.ReopenAsync(() =>
        {
            Directory.Delete(Temporary.StreamFolder, recursive: true);
            Copy(pristine, Temporary.StreamFolder);
            File.WriteAllBytes(path, damaged);
        });

        public async ValueTask DisposeAsync()
        {
            await Temporary.DisposeAsync();
            Directory.Delete(pristine, recursive: true);
        }

        private async Task FillAsync(List<PlacedBatch> batches, int first)
        {
            await using var writer = await Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
            for (var i = first; i < first + BatchesEach; i++)
            {
                string[] texts = [$"{i}a", $"{i}bb"];
                await writer.AppendAsync(Payload.Batch(texts));
                var end = new FileInfo(Temporary.Segments[^1]).Length;
                batches.Add(new PlacedBatch(end - BatchHeader.LengthOf(2, texts.Sum(t => t.Length)), end, texts));
            }
        }

        // What a roll does when a segment is full, which takes 64 KiB at least: its footer, and the next one's head.
        private void CloseSegment()
        {
            var path = Temporary.Segments[0];
            var next = BatchesEach * 2;
            var footer = new SegmentFooter(next, 0, [new IndexEntry(0, SegmentHeader.SizeFor(0), long.MinValue)]);
            File.AppendAllBytes(path, footer.ToBytes());
            File.WriteAllBytes(Path.Combine(Temporary.StreamFolder, Segment.FileName(next)), SegmentHeader.Write(next, 0, []));
        }

        private static void Copy(string from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            foreach (var folder in Directory.EnumerateDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
