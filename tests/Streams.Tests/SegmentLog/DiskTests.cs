using System.Diagnostics;

namespace Weir.Streams.Tests.SegmentLog;

/// <summary>A disk that is full, and a folder that goes away.</summary>
public sealed class DiskTests
{
    [Fact]
    public async Task On_a_full_disk_appends_fail_with_a_sentence_readers_go_on_and_appends_work_again_later()
    {
        var folder = Directory.CreateTempSubdirectory("weir-full-").FullName;
        Assert.SkipUnless(Mount(folder), "A small tmpfs cannot be mounted here (it takes root).");
        try
        {
            var ballast = Path.Combine(folder, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[512 << 10]);
            await using (var temporary = await TemporaryStore.CreateAsync(folder: Path.Combine(folder, "store")))
            {
                var stored = await FillUpAsync(temporary);
                await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
                Assert.Equal(stored, (await reader.ReadAllAsync()).Events.Count);
                var waiting = reader.ReadAsync().AsTask();

                File.Delete(ballast);
                await temporary.FillAsync(stored, 100);

                var (more, gaps) = await reader.ReadAllAfterAsync(await waiting);
                Assert.Empty(gaps);
                Assert.Equal(Enumerable.Range(stored, 100), more.Select(TemporaryStore.Number));
                await temporary.ReopenAsync();
                var (events, _) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
                Assert.Equal(Enumerable.Range(0, stored + 100), events.Select(TemporaryStore.Number));
            }
        }
        finally
        {
            Assert.True(Run("umount", folder));
            Directory.Delete(folder);
        }
    }

    [Fact]
    public async Task Truncation_frees_a_full_disk()
    {
        var folder = Directory.CreateTempSubdirectory("weir-full-").FullName;
        Assert.SkipUnless(Mount(folder), "A small tmpfs cannot be mounted here (it takes root).");
        try
        {
            await using var temporary = await TemporaryStore.CreateAsync(folder: Path.Combine(folder, "store"));
            var stored = await FillUpAsync(temporary);
            await temporary.Store.TruncateAsync(TemporaryStore.Name, StreamPosition.Latest);
            await temporary.FillAsync(stored, 10);
        }
        finally
        {
            Assert.True(Run("umount", folder));
            Directory.Delete(folder);
        }
    }

    [Fact]
    public async Task When_the_streams_folder_vanishes_the_append_fails_and_a_later_one_works()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 5);
        await using var reader = await temporary.Store.OpenReaderAsync(TemporaryStore.Name, StreamPosition.Earliest);
        Assert.Equal(5, (await reader.ReadAsync()).Events.Length);
        Directory.Delete(temporary.StreamFolder, recursive: true);

        var failed = await Assert.ThrowsAsync<StreamStoreException>(() => temporary.FillAsync(5, 1));
        Assert.Contains("vanished", failed.Message, StringComparison.Ordinal);
        Assert.Null(await reader.TryReadAsync());

        await temporary.Store.WriteCheckpointAsync(TemporaryStore.Name, new ReaderCheckpoint("r", StreamPosition.Latest));
        await temporary.FillAsync(6, 2);
        Assert.Equal([6, 7], (await reader.ReadAllAsync()).Events.Select(TemporaryStore.Number));
        await temporary.ReopenAsync();
        Assert.Equal([6, 7], (await temporary.Store.ReadAllAsync(TemporaryStore.Name)).Events.Select(TemporaryStore.Number));
    }

    [Fact]
    public async Task While_the_stores_own_folder_is_away_appends_fail_and_when_it_is_back_they_work()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await temporary.FillAsync(0, 5);
        Directory.Move(temporary.Folder, temporary.Folder + ".away");
        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<StreamStoreException>(() => temporary.FillAsync(5, 1));
        Directory.Move(temporary.Folder + ".away", temporary.Folder);
        await temporary.FillAsync(5, 2);

        await temporary.ReopenAsync();
        var (events, gaps) = await temporary.Store.ReadAllAsync(TemporaryStore.Name);
        Assert.Equal(Enumerable.Range(0, 7), events.Select(TemporaryStore.Number));
        Assert.Empty(gaps);
    }

    [Fact]
    public async Task A_batch_that_follows_a_failed_one_is_refused_until_that_is_repeated()
    {
        await using var temporary = await TemporaryStore.CreateAsync();
        await using var writer = await temporary.Store.OpenWriterAsync(TemporaryStore.Name, Guid.NewGuid());
        await writer.AppendAsync(Payload.Numbered(0, "0"));
        Directory.Move(temporary.Folder, temporary.Folder + ".away");
        await Assert.ThrowsAsync<StreamStoreException>(async () => await writer.AppendAsync(Payload.Numbered(1, "1")));
        Directory.Move(temporary.Folder + ".away", temporary.Folder);

        await Assert.ThrowsAsync<StreamStoreException>(async () => await writer.AppendAsync(Payload.Numbered(2, "2")));
        await writer.AppendAsync(Payload.Numbered(1, "1"));
        await writer.AppendAsync(Payload.Numbered(2, "2"));

        Assert.Equal(["0", "1", "2"], await temporary.Store.TextsAsync(TemporaryStore.Name));
    }

    private static async Task<int> FillUpAsync(TemporaryStore temporary)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await temporary.FillAsync(i, 1);
            }
            catch (StreamStoreException full)
            {
                Assert.Contains("is full", full.Message, StringComparison.Ordinal);
                return i;
            }
        }
    }

    private static bool Mount(string folder) => OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
