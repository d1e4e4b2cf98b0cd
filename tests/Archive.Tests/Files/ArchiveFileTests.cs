using Weir.Streams;

namespace Weir.Archive.Tests.Files;

public sealed class ArchiveFileTests
{
    [Fact]
    public void A_name_says_all_there_is_to_know()
    {
        var file = new ArchiveFile("line-1.telemetry", new MessageKey(1_732_310_000_000_000, 17), new MessageKey(1_732_310_000_900_000, 99), 83, 12_345, 0xAB);
        Assert.Equal("line-1.telemetry_1732310000000000-17_1732310000900000-99_83_12345_000000ab.parquet", file.Name);
        Assert.True(ArchiveFile.TryParse(file.Name, out var back));
        Assert.Equal(file, back);
    }

    [Theory]
    [InlineData("a_1-1_2-2_2_100_000000ab.parquet.tmp")]
    [InlineData("a_1-1_2-2_2_100.parquet")]
    [InlineData("a_1-1_2-2_2_100_AB.parquet")]
    [InlineData("a_1-1_2-2_02_100_000000ab.parquet")]
    [InlineData("a.parquet")]
    public void Another_name_is_not_taken_for_one(string name) => Assert.False(ArchiveFile.TryParse(name, out _));

    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xE3069283u)] // the check value of CRC-32C
    public void The_checksum_is_CRC_32C(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(System.Text.Encoding.ASCII.GetBytes(text)));

    [Fact]
    public async Task Files_of_others_are_left_alone()
    {
        await using var site = new Site();
        Directory.CreateDirectory(site.ArchiveFolder);
        var stranger = Path.Combine(site.ArchiveFolder, "notes.parquet");
        await File.WriteAllTextAsync(stranger, "not ours");
        await using var exchange = await site.OpenAsync();
        await exchange.AcceptAsync(0, 10);
        Assert.Equal(10, (await exchange.NumbersAsync()).Count);
        Assert.True(File.Exists(stranger));
    }
}
