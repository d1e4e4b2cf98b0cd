namespace Weir.Archive.Tests.Files;

public sealed class UnfinishedFilesTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("plant")]
    public async Task A_whole_file_without_a_name_gets_its_name(string? key)
    {
        await using var site = new Site();
        site.BringKey("plant", 3);
        var options = Site.Quiet with { Parquet = new ParquetOptions { EncryptionKey = key } };
        var unfinished = await UnfinishedAsync(site, options);

        // The stream has the messages no more, so the unfinished file is the only one that does.
        await site.Store.DeleteAsync(Site.Stream);
        await using var exchange = await site.OpenAsync(options);
        Assert.False(File.Exists(unfinished));
        Assert.Single(site.Files());
        Assert.Equal(Enumerable.Range(0, 1_000), await exchange.NumbersAsync());
        Assert.Empty(exchange.Statistics.Gaps);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("plant")]
    public async Task A_file_that_was_cut_off_stays_until_it_is_written_anew_from_the_stream(string? key)
    {
        await using var site = new Site();
        site.BringKey("plant", 3);
        var options = Site.Quiet with { Parquet = new ParquetOptions { EncryptionKey = key } };
        var unfinished = await UnfinishedAsync(site, options);
        var bytes = await File.ReadAllBytesAsync(unfinished);
        await File.WriteAllBytesAsync(unfinished, bytes[..(bytes.Length / 2)]);

        await using var exchange = await site.OpenAsync(options);
        Assert.True(File.Exists(unfinished));
        Assert.Equal(Enumerable.Range(0, 1_000), await exchange.NumbersAsync());
        await exchange.FlushAsync();
        Assert.False(File.Exists(unfinished));
        Assert.Equal(Enumerable.Range(0, 1_000), await exchange.NumbersAsync());
        Assert.Equal(1_000, exchange.Statistics.ArchivedMessages);
    }

    /// <summary>Leaves a site as if it had ended between writing a file and naming it.</summary>
    private static async Task<string> UnfinishedAsync(Site site, ExchangeOptions options)
    {
        var kept = Path.Combine(site.Folder, "kept");
        var failing = site.Services with
        {
            StepReached = step =>
            {
                if (step != ArchiveStep.Written) return Task.CompletedTask;
                File.Copy(Assert.Single(Directory.GetFiles(site.ArchiveFolder, "*.tmp")), kept, overwrite: true);
                throw new IOException("The disk is gone.");
            },
        };
        await using (var exchange = await Exchange.OpenAsync(options, failing))
        {
            await exchange.AcceptAsync(0, 1_000);
            await Assert.ThrowsAsync<IOException>(() => exchange.FlushAsync());
        }
        var unfinished = Assert.Single(Directory.GetFiles(site.ArchiveFolder, "*.tmp"));
        File.Copy(kept, unfinished, overwrite: true);
        return unfinished;
    }
}
