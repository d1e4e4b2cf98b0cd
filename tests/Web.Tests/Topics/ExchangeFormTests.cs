using Weir.Grains.Interfaces.Exchanges;
using Weir.Web.Topics;

namespace Weir.Web.Tests.Topics;

public sealed class ExchangeFormTests
{
    [Fact]
    public void A_form_gives_back_the_settings_it_shows()
    {
        var settings = new ExchangeSettings
        {
            Filters = ["plant/#", "hall/+/door"], RingMessages = 5, RingBytes = 3 << 20, RingAge = TimeSpan.FromSeconds(90),
            MemoryAge = TimeSpan.FromHours(36), WhenFull = FullOperation.Block, DropCount = 7, BlockDeadline = TimeSpan.FromMilliseconds(1_250),
            Durability = MessageDurability.Synced, StreamBytes = 1L << 30, Folder = "/mnt/history", FileRows = 11, FileBytes = 5 << 20,
            RowGroupRows = 4_096, Compression = FileCompression.Brotli, EncryptionKey = "plant-2026", ArchiveBytes = 7L << 30,
            ArchiveAge = TimeSpan.FromDays(30), ArchiveFiles = 9,
        };
        var back = ExchangeForm.Of("a", settings).ToSettings();
        Assert.Equal(settings.Filters, back.Filters);
        Assert.Equal(settings, back with { Filters = settings.Filters });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("30s", 30.0)]
    [InlineData("1d 12h", 129_600.0)]
    [InlineData("1.5m 250ms", 90.25)]
    public void Spans_are_written_by_their_units(string text, double? seconds) =>
        Assert.Equal(seconds, ExchangeForm.Span(text, "Age")?.TotalSeconds);

    [Theory]
    [InlineData("soon")]
    [InlineData("10")]
    [InlineData("5 minutes")]
    [InlineData("-5s")]
    public void Anything_else_is_a_sentence(string text) =>
        Assert.Equal(
            $"'Age' must be a span of time such as 30s, 10m or 1d 12h, but is '{text}'.",
            Assert.Throws<ArgumentException>(() => ExchangeForm.Span(text, "Age")).Message);
}
