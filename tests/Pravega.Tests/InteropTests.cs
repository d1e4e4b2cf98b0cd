using System.Globalization;
using System.Text;

namespace Weir.Pravega.Tests;

/// <summary>Pravega's own Java client and this one on the same streams: each reads what the other writes.</summary>
public sealed class InteropTests(SharedServer shared) : OnServer(shared)
{
    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(PravegaServer.HasOwn, $"There is no Java client in '{PravegaServer.Home}' (PRAVEGA_HOME).");
        await base.InitializeAsync();
    }

    [Fact]
    public async Task Both_write_to_one_stream_at_once_and_both_read_all_of_it_key_by_key_in_order()
    {
        var stream = await StreamAsync(segments: 3);
        var lines = string.Concat(Enumerable.Range(0, 300).Select(i => $"key-{i % 7}\tjava {i % 7} {i:D4}\n"));
        var java = JavaAsync(lines, "write", Scope, stream.Stream);
        await using (var writer = await Client.OpenWriterAsync(stream))
        {
            for (var i = 0; i < 300; i++) await writer.EnqueueAsync($"key-{i % 7}", Encoding.UTF8.GetBytes($"net {i % 7} {i:D4}"));
            await writer.FlushAsync(Stop);
        }
        Assert.Equal("300", await java);

        var here = await TextsAsync(stream, 600);
        var there = (await JavaAsync(null, "read", Scope, stream.Stream, "--count", "600")).Split('\n');
        foreach (var read in (IReadOnlyList<string>[])[here, there])
        {
            Assert.Equal(600, read.Distinct().Count());
            foreach (var group in read.GroupBy(text => text[..^5])) Assert.Equal(group.Order(StringComparer.Ordinal), group);
        }
    }

    [Fact]
    public async Task A_key_lies_in_the_same_segment_for_both()
    {
        var stream = await StreamAsync(segments: 5);
        var segments = await Client.Controller.GetCurrentSegmentsAsync(stream, Stop);
        foreach (var key in (string[])["a", "日本語", "key-17"])
        {
            var ours = segments.Single(range => range.Contains(RoutingKey.Place(key))).Segment;
            Assert.Equal($"{ours.Name} id {ours.Id}", await JavaAsync(null, "segment-of", Scope, stream.Stream, key));
        }
    }

    [Fact]
    public async Task Both_read_the_text_of_each_others_cuts()
    {
        Assert.SkipUnless(HasCompiler, "Java has no compiler here (openjdk-17-jdk-headless): the cuts of the Java client are tested by what it once wrote.");
        var stream = new ScopedStream("scope", "stream");
        var cut = new StreamCut(stream, [KeyValuePair.Create(0L, 5L), KeyValuePair.Create(StreamSegment.Of(stream, 12, 7).Id, long.MaxValue)]);
        var file = Path.Combine(Directory.CreateTempSubdirectory("weir-java-").FullName, "Cuts.java");
        try
        {
            await File.WriteAllTextAsync(file, """
                import io.pravega.client.stream.StreamCut;
                class Cuts {
                    public static void main(String[] texts) {
                        var cut = StreamCut.from(texts[0]);
                        System.out.println(cut.asImpl().getPositions());
                        System.out.println(cut.asText());
                    }
                }
                """, Stop);
            var told = (await JavaClient.RunProgramAsync(file, cut.ToText())).Split('\n');
            Assert.Contains("scope/stream/0.#epoch.0=5", told[0], StringComparison.Ordinal);
            Assert.Contains("scope/stream/12.#epoch.7=9223372036854775807", told[0], StringComparison.Ordinal);
            Assert.Equal(cut, StreamCut.Parse(told[1]));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Fact]
    public async Task Transactions_of_both_come_in_whole_or_not_at_all()
    {
        var stream = await StreamAsync(segments: 2);
        var lines = string.Concat(Enumerable.Range(0, 20).Select(i => $"{i}\tjava {i:D2}\n"));
        Assert.EndsWith("COMMITTED", await JavaAsync(lines, "transaction", Scope, stream.Stream), StringComparison.Ordinal);
        Assert.EndsWith("ABORTED", await JavaAsync(lines, "transaction", Scope, stream.Stream, "--end", "abort"), StringComparison.Ordinal);
        await using (var gone = await Client.BeginTransactionAsync(stream, cancellationToken: Stop))
        {
            await gone.WriteAsync("x", "gone"u8);
            await gone.FlushAsync(Stop);
        }
        await using var kept = await Client.BeginTransactionAsync(stream, cancellationToken: Stop);
        for (var i = 0; i < 20; i++) await kept.WriteAsync($"{i}", Encoding.UTF8.GetBytes($"net {i:D2}"));
        await kept.CommitAsync(cancellationToken: Stop);

        string[] expected = [.. Enumerable.Range(0, 20).Select(i => $"java {i:D2}"), .. Enumerable.Range(0, 20).Select(i => $"net {i:D2}")];
        Assert.Equal(expected, (await TextsAsync(stream, 40)).Order(StringComparer.Ordinal));
        Assert.Equal(expected, (await JavaAsync(null, "read", Scope, stream.Stream, "--count", "40", "--idle", "30000")).Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Byte_streams_of_both_are_one()
    {
        var stream = await StreamAsync("bytes");
        var ours = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i},"));
        await using (var writer = await Client.OpenByteWriterAsync(stream, Stop))
        {
            await writer.WriteAsync(Encoding.ASCII.GetBytes(ours), Stop);
            await writer.FlushAsync(Stop);
        }
        await JavaAsync("from java", "bytes-write", Scope, stream.Stream);

        Assert.Equal(ours + "from java", await JavaAsync(null, "bytes-read", Scope, stream.Stream));
        await Client.Controller.SealStreamAsync(stream, Stop);
        await using var reader = await Client.OpenByteReaderAsync(stream, cancellationToken: Stop);
        using var all = new MemoryStream();
        var block = new byte[70_000];
        while (await reader.ReadAsync(block, Stop) is > 0 and var count) all.Write(block, 0, count);
        Assert.Equal(ours + "from java", Encoding.ASCII.GetString(all.ToArray()));
        Assert.Equal(all.Length, reader.Offset);
    }

    [Fact]
    public async Task Key_value_tables_of_both_are_one()
    {
        await JavaAsync(null, "table-put", Scope, "table", "from-java", "1");
        var table = await Client.OpenKeyValueTableAsync(Scope, "table", Stop);
        Assert.Equal(new KeyValueTableConfiguration(2, 16), table.Configuration);
        for (var i = 0; i < 10; i++) await table.PutAsync(Key($"net-{i}"), Encoding.UTF8.GetBytes($"{i}"), TableVersion.NotThere, Stop);

        Assert.Equal("1", Encoding.UTF8.GetString((await table.GetAsync(Key("from-java"), Stop))!.Value.Value.Span));
        Assert.Equal("7", await JavaAsync(null, "table-get", Scope, "table", "net-7"));
        Assert.Equal("3", await JavaAsync(null, "table-get", Scope, "table", "net-3"));
        Assert.Equal("absent", await JavaAsync(null, "table-get", Scope, "table", "net-99"));
        var all = new List<string>();
        await foreach (var entry in table.ListAsync(Stop)) all.Add(Encoding.UTF8.GetString(entry.Value.Span));
        Assert.Equal(11, all.Count);
        Assert.Equal(["table"], await Client.Controller.ListTablesAsync(Scope, Stop).ToListAsync(Stop));
        Assert.True(await Client.Controller.DeleteTableAsync(Scope, "table", Stop));
        await Assert.ThrowsAsync<PravegaNotFoundException>(() => Client.OpenKeyValueTableAsync(Scope, "table", Stop));
    }

    [Fact]
    public async Task Both_see_the_same_head_and_tail_over_scaling_and_truncation()
    {
        var stream = await StreamAsync();
        await using var writer = await Client.OpenWriterAsync(stream);
        await writer.WriteAsync("a", "before"u8, Stop);
        Assert.Equal("true", await JavaAsync(null, "scale", Scope, stream.Stream, "--segments", "2"));
        await using var reader = await Client.OpenReaderAsync(stream);
        using (var events = await reader.ReadAsync(Stop)) Assert.Equal(14, events!.Bytes);
        var position = writer.GetPositionAsync(Stop);
        await writer.WriteAsync("a", "after"u8, Stop);
        using (var events = await reader.ReadAsync(Stop).AsTask().WaitAsync(Patience)) Assert.Equal(13, events!.Bytes);
        await position;

        var tail = await writer.GetPositionAsync(Stop);
        // The key's own segment has been found; the other one has as soon as something is written there.
        for (var i = 0; i < 20; i++) await writer.WriteAsync($"{i}", "more"u8, Stop);
        tail = await writer.GetPositionAsync(Stop);
        Assert.True(await Client.Controller.IsStreamCutValidAsync(tail, Stop));
        var told = await JavaAsync(null, "tail", Scope, stream.Stream);
        foreach (var (segment, offset) in tail.Offsets)
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{(int)segment}.#epoch.{segment >> 32}={offset}"), told, StringComparison.Ordinal);
        Assert.Equal("true", await JavaAsync(null, "truncate", Scope, stream.Stream));
        Assert.Equal(tail, await Client.Controller.GetHeadAsync(stream, Stop));
    }

    private static bool HasCompiler => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "javac")));

    private static byte[] Key(string text)
    {
        var key = new byte[16];
        Encoding.UTF8.GetBytes(text, key);
        return key;
    }

    private async Task<List<string>> TextsAsync(ScopedStream stream, int count)
    {
        var texts = new List<string>();
        await using var reader = await Client.OpenReaderAsync(stream);
        while (texts.Count < count)
        {
            using var events = await reader.ReadAsync(Stop).AsTask().WaitAsync(Patience);
            foreach (var one in events!) texts.Add(Encoding.UTF8.GetString(one.Payload.Span));
        }
        return texts;
    }
}
