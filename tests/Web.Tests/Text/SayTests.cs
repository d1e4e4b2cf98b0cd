using Weir.Web.Text;

namespace Weir.Web.Tests.Text;

public sealed class SayTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(12_345, "12,345")]
    [InlineData(1_250_000, "1.25 M")]
    [InlineData(3_000_000_000, "3 G")]
    public void Counts_are_short_from_a_million_on(long count, string said) => Assert.Equal(said, Say.Count(count));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 30, "5 GiB")]
    public void Sizes_are_in_binary_units(long bytes, string said) => Assert.Equal(said, Say.Bytes(bytes));

    [Theory]
    [InlineData(0.4, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(200, "3 min")]
    [InlineData(7500, "2 h 5 min")]
    [InlineData(273_600, "3 d 4 h")]
    public void Spans_are_said_by_their_largest_units(double seconds, string said) =>
        Assert.Equal(said, Say.Span(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Microseconds_are_a_time_to_the_millisecond() =>
        Assert.Equal("2024-11-22 21:13:20.123", Say.Micros(1_732_310_000_123_456));

    [Fact]
    public void A_payload_that_is_no_text_is_shown_in_hexadecimal()
    {
        Assert.Equal("{\"ü\":1}", PayloadText.Of("{\"ü\":1}"u8.ToArray()));
        Assert.Equal("FF00", PayloadText.Of([0xFF, 0x00]));
        Assert.EndsWith("…", PayloadText.Of(new byte[5000].Select(_ => (byte)'x').ToArray()), StringComparison.Ordinal);
    }
}
