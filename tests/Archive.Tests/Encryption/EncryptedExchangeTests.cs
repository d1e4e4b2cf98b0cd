using System.Text;

namespace Weir.Archive.Tests.Encryption;

public sealed class EncryptedExchangeTests
{
    private static ExchangeOptions With(string? key, ParquetCompression compression = ParquetCompression.Zstd) =>
        Site.Quiet with { Parquet = new ParquetOptions { EncryptionKey = key, RowGroupRows = 2_048, Compression = compression } };

    [Theory]
    [InlineData(ParquetCompression.Zstd)]
    [InlineData(ParquetCompression.None)]
    public async Task Files_show_nothing_without_the_key_and_all_with_it(ParquetCompression compression)
    {
        await using var site = new Site();
        site.BringKey("plant-2026", 7);
        await using (var exchange = await site.OpenAsync(With("plant-2026", compression)))
        {
            // Several row groups, a topic dictionary, an empty and a large payload, and one of several pages.
            await exchange.AcceptAsync(0, 5_000);
            await exchange.AcceptAsync([Site.Message("hall/secret-door", ""), new InboundMessage("a"u8.ToArray(), new byte[3_000_000], 2, true, 0, "secret-property"u8.ToArray())]);
            await exchange.FlushAsync();
        }
        var file = Assert.Single(site.Files());
        Assert.EndsWith("_plant-2026.parquet", file, StringComparison.Ordinal);
        var bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
        Assert.DoesNotContain("secret", bytes, StringComparison.Ordinal);
        Assert.DoesNotContain("temperature", bytes, StringComparison.Ordinal);
        Assert.DoesNotContain("payload", bytes, StringComparison.Ordinal);
        Assert.Contains("plant-2026", bytes, StringComparison.Ordinal);

        await using var restarted = await site.OpenAsync(With("plant-2026"));
        var all = await restarted.AllAsync();
        Assert.Equal(5_002, all.Count);
        Assert.Equal("hall/secret-door", all[5_000].Topic);
        Assert.Equal(3_000_000, all[5_001].Payload.Length);
        Assert.Equal("secret-property", Encoding.UTF8.GetString(all[5_001].Properties.Span));
        Assert.Equal(Enumerable.Range(0, 5_000), all.Take(5_000).Select(message => int.Parse(Encoding.UTF8.GetString(message.Payload.Span))));
    }

    [Fact]
    public async Task Old_files_stay_readable_by_their_own_key_when_another_is_named()
    {
        await using var site = new Site();
        site.BringKey("old", 1);
        site.BringKey("new", 2);
        await using (var exchange = await site.OpenAsync(With("old")))
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
            await exchange.ApplyAsync(With("new"));
            await exchange.AcceptAsync(100, 100);
            await exchange.FlushAsync();
            await exchange.ApplyAsync(With(null));
            await exchange.AcceptAsync(200, 100);
            await exchange.FlushAsync();
        }
        Assert.Equal(["old", "new", ""], site.Files().Select(file => Path.GetFileNameWithoutExtension(file).Split('_') is [_, _, _, _, _, _, var key] ? key : ""));

        await using var restarted = await site.OpenAsync(With(null));
        Assert.Equal(Enumerable.Range(0, 300), await restarted.NumbersAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_whose_key_is_missing_or_another_is_a_gap_until_the_key_is_there(bool isAnother)
    {
        await using var site = new Site();
        site.BringKey("a", 1);
        site.BringKey("b", 2);
        await using (var exchange = await site.OpenAsync(With("a")))
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
            await exchange.ApplyAsync(With("b"));
            await exchange.AcceptAsync(100, 100);
            await exchange.FlushAsync();
        }
        if (isAnother) site.BringKey("a", 9);
        else File.Delete(Path.Combine(site.KeyFolder, "a.key"));

        await using var restarted = await site.OpenAsync(With("b"));
        var page = await restarted.QueryAsync(ExchangeExtensions.Everything);
        Assert.Equal(Enumerable.Range(100, 100), page.Messages.Select(message => int.Parse(Encoding.UTF8.GetString(message.Payload.Span))));
        var gap = Assert.Single(page.Gaps);
        Assert.Equal((MessageGapCause.UnreadableFile, 100L, 1L), (gap.Cause, gap.Messages, gap.First.Sequence));
        Assert.Contains(isAnother ? "was encrypted with another key than the one that is named 'a'" : "The encryption key 'a' is missing", gap.Detail, StringComparison.Ordinal);
        Assert.Equal(2, site.Files().Length);

        site.BringKey("a", 1);
        await restarted.ApplyAsync(With("b"));
        Assert.Equal(Enumerable.Range(0, 200), await restarted.NumbersAsync());
        Assert.Empty(restarted.Statistics.Gaps);
    }

    [Fact]
    public async Task Typed_columns_and_SQL_go_over_encrypted_files_of_several_keys()
    {
        await using var site = new Site();
        site.BringKey("a", 1);
        site.BringKey("b", 2);
        ExchangeOptions Options(string? key) => With(key) with { Schema = new PayloadSchema { Format = PayloadFormat.Json, Fields = [new("n", FieldType.Integer)] } };
        static InboundMessage[] Numbers(int first) => [.. Enumerable.Range(first, 100).Select(n => Site.Message("a", $"{{\"n\":{n}}}"))];
        await using (var exchange = await site.OpenAsync(Options("a")))
        {
            await exchange.AcceptAsync(Numbers(0));
            await exchange.FlushAsync();
            await exchange.ApplyAsync(Options("b"));
            await exchange.AcceptAsync(Numbers(100));
            await exchange.FlushAsync();
            await exchange.ApplyAsync(Options(null));
            await exchange.AcceptAsync(Numbers(200));
            await exchange.FlushAsync();
        }
        await using var restarted = await site.OpenAsync(Options("b"));
        await restarted.AcceptAsync(Numbers(300));
        Assert.Equal(Enumerable.Range(0, 400).Select(n => $"{{\"n\":{n}}}"), (await restarted.AllAsync()).Select(message => Encoding.UTF8.GetString(message.Payload.Span)));
        var answer = await restarted.SqlAsync("SELECT count(*), sum(n), count(DISTINCT n) FROM messages");
        Assert.Equal(["400", $"{400 * 399 / 2}", "400"], answer.Rows[0]);
        // Read twice in one statement, by columns in another order, and cut short.
        answer = await restarted.SqlAsync("SELECT a.topic, b.n, a.ts FROM messages a JOIN messages b ON a.n = b.n - 1 WHERE a.n < 199 ORDER BY b.n DESC LIMIT 1");
        Assert.Equal(["a", "199"], answer.Rows[0].Take(2));
        Assert.Single((await restarted.SqlAsync("SELECT * FROM messages LIMIT 1")).Rows);
        Assert.Equal(["400"], (await restarted.SqlAsync("SELECT count(*) FROM messages")).Rows[0]);

        File.Delete(Path.Combine(site.KeyFolder, "a.key"));
        await restarted.DisposeAsync();
        await using var without = await site.OpenAsync(Options("b"));
        Assert.Equal(["300"], (await without.SqlAsync("SELECT count(*) FROM messages")).Rows[0]);
    }

    [Fact]
    public async Task A_key_that_cannot_be_had_is_refused_where_it_is_set()
    {
        await using var site = new Site();
        await using var exchange = await site.OpenAsync();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => exchange.ApplyAsync(With("nowhere")));
        Assert.StartsWith("The encryption key 'nowhere' is missing: it is neither in the environment variable WEIR_KEY_NOWHERE nor in the file '", error.Message, StringComparison.Ordinal);
        Assert.Null(exchange.Options.Parquet.EncryptionKey);
    }
}
