using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Weir.Archive;
using MessageQuery = Weir.Grains.Interfaces.Exchanges.MessageQuery;

namespace Weir.Grains.Transfers.Searching;

/// <summary>What is to be done with the part of a search that lies on disk.</summary>
internal enum SearchFiles
{
    /// <summary>One file with the rows that were asked for, and no others.</summary>
    Cut,

    /// <summary>The whole files that hold them.</summary>
    Whole,

    /// <summary>They are sent as messages like those of the ring.</summary>
    Messages,

    /// <summary>They are left out.</summary>
    None,
}

/// <summary>What a client wants.</summary>
internal enum SearchAction
{
    /// <summary>A search.</summary>
    Search,

    /// <summary>An end of a search.</summary>
    Cancel,

    /// <summary>To be told how a search does.</summary>
    Status,

    /// <summary>Sending of a file once more, from an offset on.</summary>
    Resume,
}

/// <summary>A request on <c>$weir/search/EXCHANGE</c>.</summary>
internal sealed partial record SearchRequest
{
    private const int MaxRanges = 100;
    private const int MaxBatch = 1_000;

    /// <summary>Its name, by which answers are told apart: 1 to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</summary>
    public required string Id { get; init; }

    public SearchAction Action { get; init; }

    /// <summary>The ranges, in the order of their beginnings.</summary>
    public IReadOnlyList<MessageQuery> Ranges { get; init; } = [];

    public SearchFiles Files { get; init; }

    /// <summary>The parent that files go to; null for the subscribers of <c>ParquetFile/ID</c>.</summary>
    public string? To { get; init; }

    /// <summary>Messages in one MQTT message.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Bytes of a segment; null for the site's own.</summary>
    public int? Segment { get; init; }

    /// <summary>Most bytes a second; null for the site's own limit.</summary>
    public long? Rate { get; init; }

    /// <summary>Resume: which file.</summary>
    public string? File { get; init; }

    /// <summary>Resume: from which offset on.</summary>
    public long Offset { get; init; }

    /// <exception cref="SearchException">It is none; the message says what is wrong.</exception>
    public static SearchRequest Parse(ReadOnlyMemory<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException error)
        {
            throw new SearchException(null, $"The request is no JSON: {error.Message}");
        }
        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new SearchException(null, "The request must be a JSON object.");
            var id = root.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : null;
            if (id is null || !ValidId().IsMatch(id) || id is "." or "..")
                throw new SearchException(null, "id must be 1 to 64 letters, digits, '-', '_' and '.': answers are told apart by it.");
            try
            {
                return Read(root, id);
            }
            catch (ArgumentException error)
            {
                throw new SearchException(id, error.Message);
            }
        }
    }

    private static SearchRequest Read(JsonElement root, string id)
    {
        var request = new SearchRequest { Id = id };
        string? topic = null;
        JsonElement? ranges = null;
        foreach (var property in root.EnumerateObject())
        {
            request = property.Name switch
            {
                "id" => request,
                "action" => request with { Action = Word<SearchAction>(property) },
                "files" => request with { Files = Word<SearchFiles>(property) },
                "to" => request with { To = Text(property) },
                "batch" => request with { Batch = (int)Number(property, 1, MaxBatch) },
                "segment" => request with { Segment = (int)Number(property, 1_024, 1 << 20) },
                "rate" => request with { Rate = Number(property, 1_024, 1L << 40) },
                "file" => request with { File = property.Value.ValueKind == JsonValueKind.Number ? property.Value.GetRawText() : Text(property) },
                "offset" => request with { Offset = Number(property, 0, long.MaxValue) },
                "topic" => Note(request, () => topic = Text(property)),
                "ranges" => Note(request, () => ranges = property.Value),
                _ => throw new ArgumentException($"'{property.Name}' is nothing that a request has."),
            };
        }
        if (request.Action != SearchAction.Search) return request;
        if (topic is not null && !Mqtt.TopicFilter.TryParse(topic, out _, out var fault)) throw new ArgumentException($"topic: {fault}");
        return request with { Ranges = ReadRanges(ranges, topic) };
    }

    private static IReadOnlyList<MessageQuery> ReadRanges(JsonElement? value, string? topic)
    {
        if (value is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() is 0 or > MaxRanges)
            throw new ArgumentException($"ranges must be a list of 1 to {MaxRanges} ranges, such as [{{\"from\":\"2026-11-22T10:00:00Z\",\"to\":\"2026-11-22T10:05:00Z\"}}].");
        List<MessageQuery> ranges = [];
        foreach (var range in list.EnumerateArray())
        {
            if (range.ValueKind != JsonValueKind.Object) throw new ArgumentException("A range must be an object with from and to.");
            var query = new MessageQuery { Topic = topic };
            foreach (var end in range.EnumerateObject())
            {
                query = end.Name switch
                {
                    "from" => From(query, end.Value),
                    "to" => To_(query, end.Value),
                    _ => throw new ArgumentException($"A range has from and to, but not '{end.Name}'."),
                };
            }
            if (query.To < query.From || Key(query.LastKey) < Key(query.FirstKey) || Key(query.FirstKey)?.TimestampMicros >= query.To || Key(query.LastKey)?.TimestampMicros < query.From)
                throw new ArgumentException($"A range ends before it starts: {range.GetRawText()}.");
            ranges.Add(query);
        }
        return [.. ranges.OrderBy(range => Key(range.FirstKey) ?? new MessageKey(range.From, 0))];
    }

    private static MessageQuery From(MessageQuery query, JsonElement value)
    {
        var (time, key) = TimeOrKey(value, "from");
        return key is null ? query with { From = time } : query with { FirstKey = key };
    }

    private static MessageQuery To_(MessageQuery query, JsonElement value)
    {
        var (time, key) = TimeOrKey(value, "to");
        return key is null ? query with { To = time } : query with { LastKey = key };
    }

    private static (long Time, string? Key) TimeOrKey(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var micros) && micros >= 0) return (micros, null);
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (MessageKey.TryParse(text, out _)) return (0, text);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out micros)) return (micros, null);
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, utc, out var moment) && moment >= DateTimeOffset.UnixEpoch)
            return ((moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, null);
        throw new ArgumentException($"{name} must be a time (ISO 8601, or microseconds since 1970) or a message's key, but is {value.GetRawText()}.");
    }

    private static MessageKey? Key(string? text) => MessageKey.TryParse(text, out var key) ? key : null;

    private static SearchRequest Note(SearchRequest request, Action note)
    {
        note();
        return request;
    }

    private static string Text(JsonProperty property) => property.Value.ValueKind == JsonValueKind.String
        ? property.Value.GetString()!
        : throw new ArgumentException($"{property.Name} must be a text, but is {property.Value.GetRawText()}.");

    private static long Number(JsonProperty property, long least, long most) =>
        property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{property.Name} must be a whole number between {least} and {most}, but is {property.Value.GetRawText()}."));

    private static T Word<T>(JsonProperty property)
        where T : struct, Enum
    {
        var text = Text(property);
        return text.All(char.IsAsciiLetter) && Enum.TryParse<T>(text, ignoreCase: true, out var word)
            ? word
            : throw new ArgumentException($"{property.Name} must be {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}, but is '{text}'.");
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex ValidId();
}

/// <summary>A request that cannot be served; the message says why. The id is null where there is none.</summary>
internal sealed class SearchException(string? id, string message) : ArgumentException(message)
{
    public string? Id => id;
}
