namespace Weir.Pravega.Tests;

/// <summary>The examples of Pravega/README.md, as they stand there.</summary>
public sealed class GuideTests(SharedServer shared) : OnServer(shared)
{
    [Fact]
    public async Task From_nothing_to_an_event()
    {
        var stream = new ScopedStream(Scope, "events");
        await using var client = new PravegaClient(Server.Controller);
        await client.Controller.CreateScopeAsync(Scope);
        await client.Controller.CreateStreamAsync(stream, new StreamConfiguration { Scaling = new ScalingPolicy.Fixed(4) });

        await using (var writer = await client.OpenWriterAsync(stream))
        {
            await writer.WriteAsync("press-1", "pressed"u8);
            for (var i = 0; i < 10_000; i++)
                await writer.EnqueueAsync($"press-{i % 16}", "again"u8);
            await writer.FlushAsync();
        }

        await client.Controller.SealStreamAsync(stream);
        var count = 0;
        await using var reader = await client.OpenReaderAsync(stream);
        while (await reader.ReadAsync() is { } events)
        {
            using (events)
                foreach (var e in events) count += e.Payload.Length is 5 or 7 ? 1 : 0;
            var goOnAt = reader.Position;
            Assert.NotEmpty(goOnAt.Offsets);
        }
        Assert.Equal(10_001, count);
    }

    [Fact]
    public async Task Readers_that_share_a_stream_have_each_event_once_between_them()
    {
        var stream = await StreamAsync(segments: 3);
        await using (var writer = await Client.OpenWriterAsync(stream))
        {
            for (var i = 0; i < 400; i++) await writer.WriteTogetherAsync($"{i}", [BitConverter.GetBytes(i), BitConverter.GetBytes(-i)]);
        }
        await Client.Controller.SealStreamAsync(stream);
        var seen = new List<int>();
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var options = new EventReaderOptions { LowKey = quarter / 4.0, HighKey = (quarter + 1) / 4.0 };
            await using var mine = await Client.OpenReaderAsync(stream, options);
            await foreach (var e in mine.ReadEventsAsync(Stop))
            {
                var number = BitConverter.ToInt32(e.Payload.Span);
                var place = RoutingKey.Place($"{Math.Abs(number)}");
                if (place > options.LowKey && place <= options.HighKey) seen.Add(number);
            }
        }
        Assert.Equal(Enumerable.Range(0, 400).SelectMany(i => new[] { i, -i }).Order(), seen.Order());
    }

    [Fact]
    public async Task A_position_is_kept_under_a_version()
    {
        var table = Client.OpenTable(Scope, "positions");
        await table.CreateAsync();
        byte[] key = [1], value = [2], newer = [3];
        var version = await table.PutAsync(key, value, TableVersion.NotThere);
        var late = version;
        version = await table.PutAsync(key, newer, version);
        await Assert.ThrowsAsync<PravegaConflictException>(() => table.PutAsync(key, value, late));
        Assert.Equal(version, (await table.GetAsync(key))!.Value.Version);
    }
}
