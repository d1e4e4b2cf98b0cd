using Weir.Streams.SegmentLog;

namespace Weir.Streams.Tests.SegmentLog.Faults;

/// <summary>What a stream does on a file system that answers with errors.</summary>
public sealed class FaultTests
{
    private const int InputOutput = 5;
    private const int TooManyFiles = 24;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;

    private const string CannotMount = "A FUSE file system cannot be mounted here (it takes Linux, root and /dev/fuse).";

    [Theory]
    [InlineData(StreamDurability.Written, FuseCall.Write, InputOutput, "Input/output error")]
    [InlineData(StreamDurability.Synced, FuseCall.Sync, InputOutput, "Input/output error")]
    [InlineData(StreamDurability.Written, FuseCall.Write, NoSpace, "is full")]
    [InlineData(StreamDurability.Written, FuseCall.Write, ReadOnly, "read-only")]
    public async Task An_append_that_fails_says_why_readers_go_on_and_appends_work_again(object durability, object call, int error, string says)
    {
        using var disk = FaultyFileSystem.TryMount();
        Assert.SkipWhen(disk is null, CannotMount);
        await using var temporary = await TemporaryStore.CreateAsync(
            TemporaryStore.Small with { Durability = (StreamDurability)durability }, folder: Path.Combine(disk.Folder, "store"));
        await temporary.FillAsync(0, 5);
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        Assert.Equal(2, (await reader.ReadAsync(2)).Events.Length);

        disk.Fault = c => c == (FuseCall)call ? error : 0;
        for (var i = 0; i < 2; i++)
        {
            var failed = await Assert.ThrowsAsync<StreamStoreException>(() => temporary.FillAsync(5, 1));
            Assert.Contains(says, failed.Message, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Equal([2, 3, 4], (await reader.ReadAllAsync()).Events.Select(TemporaryStore.Number));
        var waiting = reader.ReadAsync().AsTask();

        disk.Fault = _ => 0;
        await temporary.FillAsync(5, 3);
        var (more, gaps) = await reader.ReadAllAfterAsync(await waiting);
        Assert.Empty(gaps);
        Assert.Equal([5, 6, 7], more.Select(TemporaryStore.Number));
        await temporary.ReopenAsync();
        var (all, _) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(Enumerable.Range(0, 8), all.Select(TemporaryStore.Number));
    }

    [Fact]
    public async Task With_too_many_files_open_appends_go_on_until_they_need_one_and_then_say_so()
    {
        using var disk = FaultyFileSystem.TryMount();
        Assert.SkipWhen(disk is null, CannotMount);
        await using var temporary = await TemporaryStore.CreateAsync(folder: Path.Combine(disk.Folder, "store"));
        await temporary.FillAsync(0, 5);
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        disk.Fault = c => c is FuseCall.Create or FuseCall.Open ? TooManyFiles : 0;

        var (stored, said) = (5, "");
        for (; said.Length == 0; stored++)
        {
            try
            {
                await temporary.FillAsync(stored, 1);
            }
            catch (StreamStoreException e)
            {
                said = e.Message;
                stored--;
            }
        }
        Assert.InRange(stored, 50, 70);
        Assert.Contains("too many files", said, StringComparison.OrdinalIgnoreCase);

        disk.Fault = _ => 0;
        await temporary.FillAsync(stored, 100);
        // A reader that comes to a file that it cannot open just now fails, too, and loses nothing by it.
        disk.Fault = c => c == FuseCall.Open ? TooManyFiles : 0;
        Assert.Contains("too many files", (await Assert.ThrowsAsync<StreamStoreException>(() => reader.ReadAllAsync())).Message, StringComparison.OrdinalIgnoreCase);
        disk.Fault = _ => 0;
        var (rest, gaps) = await reader.ReadAllAsync();
        Assert.Empty(gaps);
        Assert.Equal(Enumerable.Range(stored + 100 - rest.Count, rest.Count), rest.Select(TemporaryStore.Number));
        var (all, _) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(Enumerable.Range(0, stored + 100), all.Select(TemporaryStore.Number));
    }

    [Fact]
    public async Task A_device_that_cannot_read_is_an_error_at_which_the_reader_keeps_its_place()
    {
        using var disk = FaultyFileSystem.TryMount();
        Assert.SkipWhen(disk is null, CannotMount);
        await using var temporary = await TemporaryStore.CreateAsync(folder: Path.Combine(disk.Folder, "store"));
        await temporary.FillAsync(0, 200);
        await temporary.ReopenAsync();
        Assert.NotNull(await temporary.Store.DescribeAsync(TemporaryStore.Name));
        DropCaches(temporary);
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        var read = new List<int>();
        // Some in a row, since the system asks once more for a page that it could not read, and then enough that work for
        // a whole segment, page by page. The device gets well in the end, so that the run has one, too.
        var (calls, faults) = (0, 0);
        disk.Fault = c => c == FuseCall.Read && calls++ % 60 < 4 && faults++ < 40 ? InputOutput : 0;
        var failed = 0;
        while (read.Count < 200)
        {
            try
            {
                var batch = await reader.ReadAsync(20);
                Assert.Null(batch.Gap);
                read.AddRange(batch.Events.ToArray().Select(TemporaryStore.Number));
            }
            catch (StreamStoreException)
            {
                failed++;
                DropCaches(temporary);
            }
        }
        Assert.True(failed > 0);
        Assert.Equal(Enumerable.Range(0, 200), read);
    }

    [Theory]
    [InlineData(StreamDurability.Written, 1)]
    [InlineData(StreamDurability.Written, 2)]
    [InlineData(StreamDurability.Synced, 3)]
    public async Task Whatever_fails_at_whatever_moment_what_was_acknowledged_is_there_once_and_in_order(object durability, int seed)
    {
        using var disk = FaultyFileSystem.TryMount();
        Assert.SkipWhen(disk is null, CannotMount);
        await using var temporary = await TemporaryStore.CreateAsync(
            TemporaryStore.Small with { Durability = (StreamDurability)durability }, folder: Path.Combine(disk.Folder, "store"));
        var random = new Random(seed);
        var faults = new Random(seed);
        int[] errors = [InputOutput, NoSpace, TooManyFiles, ReadOnly];
        disk.MostOfAWrite = 700;
        var id = Guid.NewGuid();
        var (sent, failed) = (0, 0);
        for (var round = 0; round < 20; round++)
        {
            // A file system that forgets how to remove or read is another test's.
            disk.Fault = c => c is FuseCall.Write or FuseCall.Sync or FuseCall.SyncFolder or FuseCall.Create or FuseCall.SetAttributes
                or FuseCall.Rename or FuseCall.Rename2 && faults.Next(6) == 0 ? errors[faults.Next(errors.Length)] : 0;
            await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, id);
            for (var i = 0; i < 40; i++)
            {
                var batch = Enumerable.Range(sent, random.Next(1, 5)).Select(TemporaryStore.Filler).ToArray();
                while (true)
                {
                    try
                    {
                        await writer.AppendAsync(Payload.Numbered(sent, batch));
                        sent += batch.Length;
                        break;
                    }
                    catch (StreamStoreException)
                    {
                        failed++;
                    }
                }
            }
            disk.Fault = _ => 0;
            if (round % 4 == 3) await temporary.ReopenAsync();
            var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
            Assert.Empty(gaps);
            Assert.Equal(Enumerable.Range(0, sent), events.Select(TemporaryStore.Number));
        }
        Assert.True(failed > 20, $"Only {failed} appends failed.");
    }

    private static void DropCaches(TemporaryStore temporary)
    {
        foreach (var path in temporary.Segments)
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            // The system forgets the pages of a file whose length changes.
            var length = RandomAccess.GetLength(file);
            RandomAccess.SetLength(file, length + 1);
            RandomAccess.SetLength(file, length);
        }
    }
}
