using System.Buffers.Binary;
using System.Text;
using Weir.Archive.Encryption;
using Weir.Streams;

namespace Weir.Archive.Tests.Encryption;

/// <summary>Encrypted files by themselves: what the standard's own implementation reads of them, and what a stranger who lacks the key may do to them.</summary>
public sealed class EncryptedFileTests
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];

    private static ExchangeOptions Encrypted(ParquetCompression compression = ParquetCompression.Zstd) =>
        Site.Quiet with { Parquet = new ParquetOptions { EncryptionKey = "k", RowGroupRows = 2_048, Compression = compression } };

    [Theory]
    [InlineData(ParquetCompression.Zstd)]
    [InlineData(ParquetCompression.Snappy)]
    [InlineData(ParquetCompression.Gzip)]
    [InlineData(ParquetCompression.Brotli)]
    [InlineData(ParquetCompression.None)]
    public async Task Apache_Arrow_reads_them_with_the_key_and_not_with_another(ParquetCompression compression)
    {
        await using var site = new Site();
        var file = await WriteAsync(site, compression);
        await using var exchange = await site.OpenAsync(Encrypted());
        var expected = await exchange.AllAsync();

        var rows = ArrowReader.Read(file, Key);
        Assert.Equal(5_001, rows.Count);
        Assert.Equal(expected.Select(message => (message.Key, message.Topic)), rows.Select(row => (row.Key, row.Topic)));
        Assert.All(expected.Zip(rows), pair => Assert.True(pair.First.Payload.Span.SequenceEqual(pair.Second.Payload)));
        Assert.Throws<ParquetSharp.ParquetException>(() => ArrowReader.Read(file, [.. Enumerable.Repeat((byte)8, 32)]));
    }

    [Fact]
    public async Task A_page_of_another_row_group_is_not_taken_for_the_one_whose_place_it_has()
    {
        await using var site = new Site();
        var file = await WriteAsync(site);
        // The qualities of service are alike in all row groups, so their pages are of one size and can change places.
        var bytes = await File.ReadAllBytesAsync(file);
        var modules = Modules(bytes);
        var (one, other) = TwoOfOneSize(modules);
        var first = bytes[modules[one]];
        bytes[modules[other]].CopyTo(bytes.AsSpan(modules[one]));
        first.CopyTo(bytes.AsSpan(modules[other]));
        await ExpectDamageAsync(site, file, bytes, "is not what was written there");
    }

    [Fact]
    public async Task A_page_of_another_file_is_not_taken_for_the_one_whose_place_it_has()
    {
        await using var site = new Site();
        var file = await WriteAsync(site);
        await using (var exchange = await site.OpenAsync(Encrypted()))
        {
            await exchange.AcceptAsync(0, 5_000);
            await exchange.FlushAsync();
        }
        var bytes = await File.ReadAllBytesAsync(file);
        var donor = await File.ReadAllBytesAsync(site.Files()[1]);
        var (here, there) = (Modules(bytes), Modules(donor));
        // The first column's page of the first row group: the same place in another file.
        Assert.Equal(bytes[here[0]].Length, donor[there[0]].Length);
        donor[there[0]].CopyTo(bytes.AsSpan(here[0]));
        await ExpectDamageAsync(site, file, bytes, "is not what was written there");
    }

    [Fact]
    public async Task A_changed_bit_is_found_even_where_the_checksum_was_made_to_fit()
    {
        await using var site = new Site();
        var file = await WriteAsync(site);
        var bytes = await File.ReadAllBytesAsync(file);
        var module = Modules(bytes)[5];
        bytes[module.Start.Value + 20] ^= 1;
        await ExpectDamageAsync(site, file, bytes, "is not what was written there");
    }

    [Fact]
    public async Task A_file_under_the_name_of_another_is_found()
    {
        await using var site = new Site();
        var file = await WriteAsync(site);
        await using (var exchange = await site.OpenAsync(Encrypted()))
        {
            await exchange.AcceptAsync(0, 100);
            await exchange.FlushAsync();
        }
        await ExpectDamageAsync(site, file, await File.ReadAllBytesAsync(site.Files()[1]), "is another one: it was written as 'telemetry_", left: 100);
    }

    [Fact]
    public async Task Files_of_the_form_that_DuckDB_writes_are_read()
    {
        await using var site = new Site();
        site.BringKey("k", 7);
        await using (var plain = await site.OpenAsync(Site.Quiet with { Parquet = new ParquetOptions { RowGroupRows = 2_048 } }))
        {
            await plain.AcceptAsync(0, 5_000);
            await plain.FlushAsync();
        }
        // DuckDB's own, as it was taken for the standard at first: no page is bound to its place.
        var file = Assert.Single(site.Files());
        var older = file + ".older";
        using (var connection = site.Duck.Connect())
        {
            connection.Execute("SET force_mbedtls_unsafe = true");
            connection.Execute($"PRAGMA add_parquet_key('k', '{Convert.ToBase64String(Key)}')");
            connection.Execute($"COPY (FROM '{file}') TO '{older}' (FORMAT parquet, ROW_GROUP_SIZE 2048, ENCRYPTION_CONFIG {{footer_key: 'k'}})");
        }
        File.Delete(file);
        var bytes = await File.ReadAllBytesAsync(older);
        File.Move(older, Renamed(file, bytes));

        await using var exchange = await site.OpenAsync(Encrypted());
        Assert.Equal(Enumerable.Range(0, 5_000), await exchange.NumbersAsync());
        Assert.Equal(["5000"], (await exchange.SqlAsync("SELECT count(*) FROM messages")).Rows[0]);
    }

    [Fact]
    public async Task Pages_backwards_filters_and_limits_find_the_row_groups_they_need()
    {
        await using var site = new Site();
        await WriteAsync(site);
        await using var exchange = await site.OpenAsync(Encrypted());
        var all = await exchange.AllAsync();
        var backwards = await exchange.AllAsync(ExchangeExtensions.Everything with { Backwards = true, Limit = 700 });
        Assert.Equal(all.Select(message => message.Key).Reverse(), backwards.Select(message => message.Key));
        var filtered = ExchangeExtensions.Everything with { TopicFilter = "line/3/#", Limit = 100 };
        Assert.Equal(all.Where(message => message.Topic == "line/3/temperature").Select(message => message.Key), (await exchange.AllAsync(filtered)).Select(message => message.Key));
        var middle = ExchangeExtensions.Everything with { FirstKey = all[2_000].Key, LastKey = all[2_100].Key };
        Assert.Equal(101, (await exchange.CountAsync(middle)).Messages);
        Assert.Equal(all.Skip(2_000).Take(101).Select(message => message.Key), (await exchange.AllAsync(middle)).Select(message => message.Key));
    }

    [Fact]
    public async Task A_range_that_is_exported_encrypted_is_so_part_by_part_and_another_is_plain()
    {
        await using var site = new Site();
        await WriteAsync(site);
        await using var exchange = await site.OpenAsync(Encrypted());
        await exchange.AcceptAsync(5_000, 100);
        var all = await exchange.AllAsync();
        var path = Path.Combine(site.Folder, "cut.parquet");
        var range = ExchangeExtensions.Everything with { FirstKey = all[10].Key };

        // Several parts, one from the ring.
        var cut = await exchange.ExportAsync([range], path, encrypted: true);
        Assert.Equal((5_091, all[10].Key, all[^1].Key, new FileInfo(path).Length), (cut.Rows, cut.First, cut.Last, cut.Bytes));
        Assert.Equal(all.Skip(10).Select(message => (message.Key, message.Topic)), ArrowReader.Read(path, Key).Select(row => (row.Key, row.Topic)));
        Assert.Equal("PARE", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(path), 0, 4));

        // Nothing at all is a file, too.
        await exchange.ExportAsync([range with { TopicFilter = "nowhere" }], path, encrypted: true);
        Assert.Empty(ArrowReader.Read(path, Key));

        await exchange.ExportAsync([range], path);
        Assert.Equal("PAR1", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(path), 0, 4));
        File.Delete(Path.Combine(site.KeyFolder, "k.key"));
        await Assert.ThrowsAsync<EncryptionKeyException>(() => exchange.ExportAsync([ExchangeExtensions.Everything with { FirstKey = all[^1].Key }], path, encrypted: true));
    }

    private static async Task<string> WriteAsync(Site site, ParquetCompression compression = ParquetCompression.Zstd)
    {
        site.BringKey("k", 7);
        await using var exchange = await site.OpenAsync(Encrypted(compression));
        await exchange.AcceptAsync(0, 5_000);
        await exchange.AcceptAsync([new InboundMessage("large"u8.ToArray(), new byte[300_000], 1)]);
        await exchange.FlushAsync();
        return Assert.Single(site.Files());
    }

    // Somebody who may write the folder but has no key: the checksum in the name is made to fit.
    private static async Task ExpectDamageAsync(Site site, string file, byte[] bytes, string said, int left = 5_000)
    {
        File.Delete(file);
        var forged = Renamed(file, bytes);
        await File.WriteAllBytesAsync(forged, bytes);
        var others = site.Files().Length - 1;

        await using var exchange = await site.OpenAsync(Encrypted());
        await exchange.AllAsync();
        var page = await exchange.QueryAsync(ExchangeExtensions.Everything with { Limit = 10_000 });
        Assert.Equal(others == 0 ? 0 : left, page.Messages.Count);
        var gap = Assert.Single(page.Gaps);
        Assert.Equal((MessageGapCause.CorruptFile, 5_001L), (gap.Cause, gap.Messages));
        Assert.Contains(said, gap.Detail, StringComparison.Ordinal);
        Assert.True(File.Exists(forged + ".corrupt"));
    }

    private static string Renamed(string file, byte[] bytes)
    {
        Assert.True(ArchiveFile.TryParse(Path.GetFileName(file), out var name));
        return Path.Combine(
            Path.GetDirectoryName(file)!, new ArchiveFile(name.Exchange, name.First, name.Last, name.Rows, bytes.Length, Crc32C.Compute(bytes), "k").Name);
    }

    // Between the mark at the start and the footer lie nothing but modules, each with its length before it.
    private static List<Range> Modules(byte[] file)
    {
        var end = file.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8));
        List<Range> modules = [];
        for (var at = 4; at < end; at = modules[^1].End.Value)
            modules.Add(at..(at + 4 + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at))));
        Assert.Equal(end, modules[^1].End.Value);
        return modules;
    }

    // Pages follow their headers, so they have odd numbers; what has a size in common is the same column of two row groups.
    private static (int One, int Other) TwoOfOneSize(List<Range> modules)
    {
        var alike = modules.Select((module, index) => (Index: index, Size: module.End.Value - module.Start.Value))
            .Where(module => module.Index % 2 == 1).GroupBy(module => module.Size).First(group => group.Last().Index - group.First().Index > 8);
        return (alike.First().Index, alike.Last().Index);
    }
}
