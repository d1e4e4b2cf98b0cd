using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Weir.Archive.Tests.Messages;

public sealed class MessageKeyTests
{
    [Fact]
    public void A_key_reads_its_own_text()
    {
        var key = new MessageKey(1_732_310_000_000_000, 17);
        Assert.Equal("1732310000000000-17", key.ToString());
        Assert.True(MessageKey.TryParse("1732310000000000-17", out var back));
        Assert.Equal(key, back);
        Assert.Equal("\"1732310000000000-17\"", JsonSerializer.Serialize(key));
        Assert.Equal(key, JsonSerializer.Deserialize<MessageKey>("\"1732310000000000-17\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("17")]
    [InlineData("-17")]
    [InlineData("1-")]
    [InlineData("1--2")]
    [InlineData("1-2-3")]
    [InlineData("a-2")]
    [InlineData("99999999999999999999-1")]
    public void What_is_no_key_is_not_read(string text)
    {
        Assert.False(MessageKey.TryParse(text, out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<MessageKey>(JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void Keys_are_ordered_by_time_and_then_by_sequence()
    {
        MessageKey[] ordered = [new(1, 9), new(2, 1), new(2, 2), new(10, 0)];
        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(ordered[0] < ordered[1] && ordered[2] > ordered[1] && ordered[1] <= ordered[1] && ordered[3] >= ordered[2]);
    }

    [Fact]
    public void Keys_never_repeat_or_fall_whatever_the_clock_does()
    {
        var random = new Random(3);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var source = new MessageKeySource(TimeProvider.System, default);
        MessageKey last = default;
        for (var i = 0; i < 10_000; i++)
        {
            var time = new FakeTimeProvider(start.AddMilliseconds(random.Next(-5_000, 5_000)));
            var (span, count) = (random.Next(0, 100), random.Next(1, 5));
            var (floor, sequence) = source.Stamp(MessageKeySource.Now(time), span, count);
            var first = new MessageKey(floor, sequence);
            Assert.True(first > last);
            Assert.Equal(last.Sequence + 1, first.Sequence);
            Assert.True(source.Last >= first);
            last = source.Last;
        }
    }
}
