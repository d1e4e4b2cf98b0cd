using System.Text;
using Weir.Grains.Rules;

namespace Weir.Grains.Tests.Rules;

public sealed class TopicValueTests
{
    [Theory]
    [InlineData("21.5", null, 21.5)]
    [InlineData(" -3e2 ", null, -300d)]
    [InlineData("true", null, 1d)]
    [InlineData("on", null, null)]
    [InlineData("NaN", null, null)]
    [InlineData("""{"t":21.5}""", "t", 21.5)]
    [InlineData("""{"a":{"t":1},"b":{"t":2}}""", "b.t", 2d)]
    [InlineData("""{"a":{"b":{"t":1},"t":3},"t":4}""", "a.t", 3d)]
    [InlineData("""{"a":{"x":1},"t":4}""", "a.t", null)]
    [InlineData("""{"a":[{"t":1}],"t":4}""", "t", 4d)]
    [InlineData("""{"t":"7"}""", "t", 7d)]
    [InlineData("""{"t":false}""", "t", 0d)]
    [InlineData("""{"t":null}""", "t", null)]
    [InlineData("""{"t":1,"rest":"cut o""", "t", 1d)]
    [InlineData("""{"t":12""", "t", null)]
    [InlineData("no JSON", "t", null)]
    [InlineData("", "t", null)]
    public void The_number_is_found_where_it_is_said_to_be(string payload, string? field, double? number) =>
        Assert.Equal(number, TopicValue.Of(Encoding.UTF8.GetBytes(payload), payload.Length, field));

    [Fact]
    public void The_beginning_of_a_number_is_none() => Assert.Null(TopicValue.Of("0102"u8, 5, null));

    [Fact]
    public void Bytes_that_are_no_text_are_no_number()
    {
        Assert.Null(TopicValue.Of([0xFF, 0x31], 2, null));
        Assert.Null(TopicValue.Of([0xFF, 0x31], 2, "t"));
    }
}
