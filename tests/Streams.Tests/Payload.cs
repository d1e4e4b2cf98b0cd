using System.Globalization;
using System.Text;

namespace Weir.Streams.Tests;

/// <summary>Events whose payload is a text, for tests that compare what went in with what comes out.</summary>
internal static class Payload
{
    public static StreamEvent Event(string text, long timestamp = 0) => new(Encoding.UTF8.GetBytes(text), timestamp);

    public static EventBatch Batch(params string[] texts) => new(texts.Select(text => Event(text)).ToArray());

    public static EventBatch Numbered(long first, params string[] texts) => Batch(texts) with { FirstEventNumber = first };

    /// <summary>Texts "n" for n in a range.</summary>
    public static string[] Range(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    public static string Text(this StoredEvent stored) => Encoding.UTF8.GetString(stored.Payload.Span);

    public static string[] Texts(this StreamBatch batch) => [.. batch.Events.ToArray().Select(Text)];
}
