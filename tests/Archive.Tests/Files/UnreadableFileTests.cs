using Weir.Archive.Encryption;

namespace Weir.Archive.Tests.Files;

public sealed class UnreadableFileTests
{
    [Fact]
    public async Task A_file_that_is_cut_off_is_put_aside_and_the_rest_is_served()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync())
        {
            for (var file = 0; file < 3; file++)
            {
                await exchange.AcceptAsync(file * 100, 100);
                await exchange.FlushAsync();
            }
        }
        var middle = site.Files()[1];
        await using (var stream = File.OpenWrite(middle)) stream.SetLength(stream.Length / 2);

        await using var restarted = await site.OpenAsync();
        Assert.Equal([.. Enumerable.Range(0, 100), .. Enumerable.Range(200, 100)], await restarted.NumbersAsync());
        Assert.Equal((MessageGapCause.CorruptFile, 100L), Assert.Single(restarted.Statistics.Gaps) is var gap ? (gap.Cause, gap.Messages ?? 0) : default);
        Assert.True(File.Exists(middle + ".corrupt"));
    }

    [Fact]
    public async Task A_file_that_the_system_does_not_open_is_a_gap_until_it_does()
    {
        await using var site = new Site();
        await using (var exchange = await site.OpenAsync())
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
            await exchange.AcceptAsync(100, 100);
            await exchange.FlushAsync();
        }
        // A link that leads to itself: no user can open it, not even root.
        var first = site.Files()[0];
        await using var restarted = await site.OpenAsync();
        File.Move(first, first + ".kept");
        File.CreateSymbolicLink(first, first);

        Assert.Equal(Enumerable.Range(100, 100), await restarted.NumbersAsync());
        var gap = Assert.Single((await restarted.QueryAsync(ExchangeExtensions.Everything)).Gaps);
        Assert.Equal((MessageGapCause.UnreadableFile, 100L), (gap.Cause, gap.Messages));

        File.Delete(first);
        File.Move(first + ".kept", first);
        await restarted.ApplyAsync(Site.Quiet);
        Assert.Equal(Enumerable.Range(0, 200), await restarted.NumbersAsync());
        Assert.Empty(restarted.Statistics.Gaps);
    }

    [Fact]
    public void What_is_no_Parquet_is_not_encrypted()
    {
        using var writer = new EncryptedParquetWriter(Stream.Null, "k", new byte[16], "");
        Assert.Throws<InvalidDataException>(() => writer.Append("this is not Parquet"u8));
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "PAR1, plain, PAR1");
        Assert.Throws<InvalidDataException>(() => EncryptedParquetFile.TryOpen(path, new byte[16]));
        File.Delete(path);
    }
}
