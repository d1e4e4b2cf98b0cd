using System.Text;
using Weir.Grains.Transfers.Searching;

namespace Weir.Grains.Tests.Transfers;

/// <summary>Requests on <c>$weir/search/…</c>.</summary>
public sealed class SearchRequestTests
{
    [Fact]
    public void A_request_names_ranges_by_time_or_by_key()
    {
        var request = Parse("""
            {"id":"trip-17","topic":"car/#","files":"whole","to":"plant","batch":50,"segment":4096,"rate":100000,
             "ranges":[{"from":"1700000000000010-5","to":"1700000000000020-9"},{"from":"2023-11-14T22:13:20Z","to":1700000000000005}]}
            """);
        Assert.Equal(("trip-17", SearchAction.Search, SearchFiles.Whole, "plant", 50, 4096, 100_000L),
            (request.Id, request.Action, request.Files, request.To, request.Batch, request.Segment, request.Rate));
        // In the order of their beginnings.
        Assert.Equal((1_700_000_000_000_000, 1_700_000_000_000_005), (request.Ranges[0].From, request.Ranges[0].To));
        Assert.Equal(("1700000000000010-5", "1700000000000020-9"), (request.Ranges[1].FirstKey, request.Ranges[1].LastKey));
        Assert.All(request.Ranges, range => Assert.Equal("car/#", range.Topic));
        Assert.Equal(SearchAction.Cancel, Parse("""{"id":"a","action":"cancel"}""").Action);
        Assert.Equal(("2", 4_096), (Parse("""{"id":"a","action":"resume","file":2,"offset":4096}""").File, 4_096));
    }

    [Theory]
    [InlineData("", null, "The request is no JSON")]
    [InlineData("[]", null, "The request must be a JSON object.")]
    [InlineData("{}", null, "id must be 1 to 64 letters, digits, '-', '_' and '.': answers are told apart by it.")]
    [InlineData("""{"id":"a/b"}""", null, "id must be 1 to 64 letters")]
    [InlineData("""{"id":"#"}""", null, "id must be 1 to 64 letters")]
    [InlineData("""{"id":".."}""", null, "id must be 1 to 64 letters")]
    [InlineData("""{"id":7}""", null, "id must be 1 to 64 letters")]
    [InlineData("""{"id":"a"}""", "a", "ranges must be a list of 1 to 100 ranges")]
    [InlineData("""{"id":"a","ranges":[]}""", "a", "ranges must be a list of 1 to 100 ranges")]
    [InlineData("""{"id":"a","ranges":[5]}""", "a", "A range must be an object with from and to.")]
    [InlineData("""{"id":"a","ranges":[{"since":5}]}""", "a", "A range has from and to, but not 'since'.")]
    [InlineData("""{"id":"a","ranges":[{"from":"yesterday"}]}""", "a", "from must be a time (ISO 8601, or microseconds since 1970) or a message's key, but is \"yesterday\".")]
    [InlineData("""{"id":"a","ranges":[{"from":-5}]}""", "a", "from must be a time")]
    [InlineData("""{"id":"a","ranges":[{"from":6,"to":5}]}""", "a", "A range ends before it starts: {\"from\":6,\"to\":5}.")]
    [InlineData("""{"id":"a","ranges":[{"from":"6-2","to":"6-1"}]}""", "a", "A range ends before it starts")]
    [InlineData("""{"id":"a","ranges":[{"from":7,"to":"6-1"}]}""", "a", "A range ends before it starts")]
    [InlineData("""{"id":"a","ranges":[{}],"topic":"a#"}""", "a", "topic: ")]
    [InlineData("""{"id":"a","ranges":[{}],"files":"all"}""", "a", "files must be cut, whole, messages, none, but is 'all'.")]
    [InlineData("""{"id":"a","ranges":[{}],"files":"1"}""", "a", "files must be cut, whole, messages, none, but is '1'.")]
    [InlineData("""{"id":"a","ranges":[{}],"batch":0}""", "a", "batch must be a whole number between 1 and 1000, but is 0.")]
    [InlineData("""{"id":"a","ranges":[{}],"rate":"fast"}""", "a", "rate must be a whole number between 1024 and 1099511627776, but is \"fast\".")]
    [InlineData("""{"id":"a","ranges":[{}],"delete":true}""", "a", "'delete' is nothing that a request has.")]
    public void A_wrong_request_says_what_is_wrong(string json, string? id, string problem)
    {
        var error = Assert.Throws<SearchException>(() => Parse(json));
        Assert.Equal(id, error.Id);
        Assert.StartsWith(problem, error.Message, StringComparison.Ordinal);
    }

    private static SearchRequest Parse(string json) => SearchRequest.Parse(Encoding.UTF8.GetBytes(json));
}
