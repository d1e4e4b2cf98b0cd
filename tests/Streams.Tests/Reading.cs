namespace Weir.Streams.Tests;

internal static class Reading
{
    /// <summary>Reads until there is nothing more just now.</summary>
    public static async Task<(List<StoredEvent> Events, List<StreamGap> Gaps)> ReadAllAsync(
        this IStreamReader reader, int maxEvents = 4096, int maxBytes = 4 << 20)
    {
        var (events, gaps) = (new List<StoredEvent>(), new List<StreamGap>());
        while (await reader.TryReadAsync(maxEvents, maxBytes, TestContext.Current.CancellationToken) is { } batch)
        {
            Assert.InRange(batch.Events.Length, 0, maxEvents);
            if (batch.Gap is { } gap) gaps.Add(gap);
            events.AddRange(batch.Events.ToArray());
            Assert.Equal(reader.Position, batch.Next);
            if (batch.EndOfStream) break;
        }
        return (events, gaps);
    }

    /// <summary>What a read has given, and all that follows it just now.</summary>
    public static async Task<(List<StoredEvent> Events, List<StreamGap> Gaps)> ReadAllAfterAsync(
        this IStreamReader reader, StreamBatch first)
    {
        var (events, gaps) = await reader.ReadAllAsync();
        events.InsertRange(0, first.Events.ToArray());
        if (first.Gap is { } gap) gaps.Insert(0, gap);
        return (events, gaps);
    }

    public static async Task<(List<StoredEvent> Events, List<StreamGap> Gaps)> ReadAllAsync(
        this IStreamStore store, StreamName name, StreamPosition? from = null)
    {
        await using var reader = await store.OpenReaderAsync(name, from ?? StreamPosition.Earliest);
        return await reader.ReadAllAsync();
    }

    public static async Task<string[]> TextsAsync(this IStreamStore store, StreamName name, StreamPosition? from = null) =>
        [.. (await store.ReadAllAsync(name, from)).Events.Select(e => e.Text())];

    public static async Task<StreamRange> AppendAsync(this IStreamStore store, StreamName name, EventBatch batch)
    {
        await using var writer = await store.OpenWriterAsync(name, Guid.NewGuid());
        return await writer.AppendAsync(batch);
    }
}
