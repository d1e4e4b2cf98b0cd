using Microsoft.Extensions.Logging.Abstractions;

namespace Weir.Archive.Tests.Files;

public sealed class ArchiveCatalogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-catalog-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_that_is_being_read_stays_until_the_reader_has_done()
    {
        Write(1, 10);
        Write(11, 20);
        var catalog = Open(out var gaps);
        var held = Assert.Single(catalog.Hold(new MessageKey(1, 1), new MessageKey(5, 5)));
        catalog.Retain(new RetentionOptions { MaxFiles = 1 });

        Assert.Equal(10, Assert.Single(gaps.All).Messages);
        Assert.Equal((1, 10L), (catalog.Totals.Files, catalog.Totals.Rows));
        Assert.True(File.Exists(held.Path));
        held.Release();
        Assert.False(File.Exists(held.Path));
    }

    [Fact]
    public void Only_files_with_keys_of_the_range_are_read()
    {
        Write(1, 10);
        Write(11, 20);
        Write(21, 30);
        var catalog = Open(out _);
        Assert.Equal([11L], Found(12, 20));
        Assert.Equal([1L, 11L], Found(10, 11));
        Assert.Equal([1L, 11L, 21L], Found(0, 99));
        Assert.Empty(Found(31, 40));

        IEnumerable<long> Found(long first, long last) =>
            catalog.Hold(new MessageKey(first, first), new MessageKey(last, last)).Select(entry => entry.File.First.Sequence);
    }

    [Fact]
    public void A_file_that_a_retention_gap_already_speaks_of_goes_at_the_start()
    {
        var file = Write(1, 10);
        Write(11, 20);
        GapList.Open(Path.Combine(folder, "gaps.json")).Add(new MessageGap(
            file.First, file.Last, 10, MessageGapCause.Retention, DateTimeOffset.UnixEpoch, "The archive keeps 1 file."));

        var catalog = Open(out var gaps);
        Assert.Equal(1, catalog.Totals.Files);
        Assert.False(File.Exists(Path.Combine(folder, file.Name)));
        Assert.Equal(10, Assert.Single(gaps.All).Messages);
    }

    [Fact]
    public void A_file_of_the_wrong_size_is_put_aside_at_the_start()
    {
        var file = Write(1, 10);
        File.AppendAllText(Path.Combine(folder, file.Name), "x");
        var catalog = Open(out var gaps);
        Assert.Equal(0, catalog.Totals.Files);
        Assert.Equal(MessageGapCause.CorruptFile, Assert.Single(gaps.All).Cause);
        Assert.True(File.Exists(Path.Combine(folder, file.Name + ".corrupt")));
    }

    [Fact]
    public void A_file_that_was_missing_and_is_there_again_is_a_gap_no_more()
    {
        Write(1, 10);
        var lost = Write(11, 20);
        Write(21, 30);
        var elsewhere = Path.Combine(folder, "kept");
        File.Move(Path.Combine(folder, lost.Name), elsewhere);
        Open(out var gaps);
        Assert.Equal((MessageGapCause.MissingFile, 10L), Assert.Single(gaps.All) is var gap ? (gap.Cause, gap.Messages ?? 0) : default);

        File.Move(elsewhere, Path.Combine(folder, lost.Name));
        Assert.Equal(30, Open(out gaps).Totals.Rows);
        Assert.Empty(gaps.All);
    }

    [Fact]
    public void A_preview_says_what_retention_would_do_and_does_nothing()
    {
        Write(1, 10);
        Write(11, 20);
        Write(21, 30);
        var catalog = Open(out var gaps);
        var preview = catalog.Preview(new RetentionOptions { MaxFiles = 1 });
        Assert.Equal([1L, 11L], preview.Files.Select(file => file.First.Sequence));
        Assert.Equal((1, 10L, 4L), (preview.KeptFiles, preview.KeptMessages, preview.KeptBytes));
        Assert.All(preview.Files, file => Assert.Equal("The archive keeps 1 files.", file.Why));
        Assert.Equal([1L], catalog.Preview(new RetentionOptions { MaxBytes = 8 }).Files.Select(file => file.First.Sequence));
        Assert.Equal(3, catalog.Preview(new RetentionOptions { MaxAge = TimeSpan.FromDays(1) }).Files.Count);
        Assert.Empty(catalog.Preview(new RetentionOptions()).Files);
        Assert.Empty(gaps.All);

        catalog.Retain(new RetentionOptions { MaxFiles = 1 });
        Assert.Equal(preview.Files.Sum(file => file.Messages), gaps.All.Sum(gap => gap.Messages));
        Assert.Equal(preview.KeptMessages, catalog.Totals.Rows);
    }

    [Fact]
    public void A_file_amid_gaps_that_have_become_one_is_not_let_go_of()
    {
        var file = Write(1, 10);
        GapList.Open(Path.Combine(folder, "gaps.json")).Add(new MessageGap(
            new MessageKey(0, 0), new MessageKey(90, 90), 20, MessageGapCause.Retention, DateTimeOffset.UnixEpoch, "Several."));
        Assert.Equal(10, Open(out _).Totals.Rows);
        Assert.True(File.Exists(Path.Combine(folder, file.Name)));
    }

    private ArchiveCatalog Open(out GapList gaps)
    {
        gaps = GapList.Open(Path.Combine(folder, "gaps.json"));
        return ArchiveCatalog.Open([folder], "telemetry", gaps, TimeProvider.System, NullLogger.Instance);
    }

    private ArchiveFile Write(long first, long last)
    {
        var file = new ArchiveFile("telemetry", new MessageKey(first, first), new MessageKey(last, last), last - first + 1, 4, 0);
        File.WriteAllText(Path.Combine(folder, file.Name), "data");
        return file;
    }
}
