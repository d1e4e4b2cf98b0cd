using System.Text;
using Weir.Grains.Broker;

namespace Weir.Grains.Tests.Broker;

public sealed class ShownValueTests
{
    [Fact]
    public void Text_is_shown_as_text_and_bytes_as_hexadecimal()
    {
        Assert.Equal("{\"t\":21.5}", ShownValue.Of("{\"t\":21.5}"u8));
        Assert.Equal("", ShownValue.Of([]));
        Assert.Equal("FFFE00", ShownValue.Of([0xFF, 0xFE, 0x00]));
        Assert.Equal("0102", ShownValue.Of([1, 2]));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("ü")]
    [InlineData("€")]
    [InlineData("😀")]
    public void A_long_text_is_cut_between_characters(string character)
    {
        for (var shift = 0; shift < 4; shift++)
        {
            var text = new string('a', shift) + string.Concat(Enumerable.Repeat(character, 300));

            var shown = ShownValue.Of(Encoding.UTF8.GetBytes(text));

            Assert.StartsWith(shown, text, StringComparison.Ordinal);
            Assert.InRange(Encoding.UTF8.GetByteCount(shown), 190, 200);
        }
    }
}
