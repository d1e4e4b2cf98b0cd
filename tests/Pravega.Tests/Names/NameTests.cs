namespace Weir.Pravega.Tests.Names;

public sealed class NameTests
{
    private static readonly ScopedStream Stream = new("scope", "stream");

    [Fact]
    public void A_segment_is_named_by_number_and_epoch()
    {
        var segment = StreamSegment.Of(Stream, number: 3, epoch: 5);
        Assert.Equal(21474836483, segment.Id);
        Assert.Equal("scope/stream/3.#epoch.5", segment.Name);
        Assert.Equal((5, 3), (segment.Epoch, segment.Number));
    }

    [Theory]
    [InlineData("", "s")]
    [InlineData("a/b", "s")]
    [InlineData("a", "b c")]
    public void A_name_that_is_not_allowed_is_told(string scope, string stream) =>
        Assert.Contains("letters, digits", Assert.Throws<ArgumentException>(() => new ScopedStream(scope, stream)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_cut_keeps_its_value_over_its_text_form()
    {
        var cut = new StreamCut(Stream, [KeyValuePair.Create(StreamSegment.Of(Stream, 2, 1).Id, 77L), KeyValuePair.Create(0L, 5L)]);
        Assert.Equal(cut, StreamCut.Parse(cut.ToText()));
        Assert.Equal("scope/stream{0.#epoch.0:5, 2.#epoch.1:77}", cut.ToString());
        Assert.Throws<FormatException>(() => StreamCut.Parse("no base64"));
        Assert.Throws<FormatException>(() => StreamCut.Parse("aGVsbG8="));
    }

    // What asText of Pravega's Java client 0.13 gave for them.
    [Theory]
    [InlineData("H4sIAAAAAAAA/zOwKk7OL0jVLy4pSk3MtTIAQlMAhSlKUBQAAAA=", "scope/stream{0.#epoch.0:5}")]
    [InlineData(
        "H4sIAAAAAAAA/zOwKk7OL0jVLy4pSk3MtTLQMTTSMQJS5jqGVqY6lhbmZqYmxkaGBoZGxjrm5gCDXRxiLgAAAA==",
        "scope/stream{0.#epoch.0:5, 2.#epoch.1:77, 12.#epoch.7:9876543210123}")]
    public void A_cut_that_Java_has_written_is_read(string text, string cut) => Assert.Equal(cut, StreamCut.Parse(text).ToString());

    [Fact]
    public void The_text_of_no_cut_says_what_stands_for_it() =>
        Assert.Contains("null", Assert.Throws<FormatException>(() => StreamCut.Parse("UNBOUNDED")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_token_says_until_when_it_is_good()
    {
        // {"exp":1700000000}
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), Security.DelegationTokens.ExpiryOf("e30.eyJleHAiOjE3MDAwMDAwMDB9.x"));
        Assert.Null(Security.DelegationTokens.ExpiryOf(""));
        Assert.Null(Security.DelegationTokens.ExpiryOf("e30.e30.x"));
        Assert.Null(Security.DelegationTokens.ExpiryOf("a.b.c"));
    }
}
