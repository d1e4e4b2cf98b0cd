using System.CommandLine;
using System.Text;
using System.Text.Json;
using Weir.Client.Streams;
using Weir.Streams;
using Weir.Streams.SegmentLog;

namespace Weir.Client.Tests.Streams;

/// <summary><c>weir streams</c> on the folder of a store that is open and being written to.</summary>
public sealed class StreamsCommandTests : IAsyncLifetime
{
    private static readonly StreamName Name = new("plant", "line1");

    private readonly string data = Directory.CreateTempSubdirectory("weir-client-").FullName;
    private SegmentLogStore store = null!;

    private string StoreFolder => Path.Combine(data, "streams");

    private string[] Segments => [.. Directory.GetFiles(Path.Combine(StoreFolder, "plant", "line1"), "*.seg").Order(StringComparer.Ordinal)];

    public async ValueTask InitializeAsync()
    {
        store = new SegmentLogStore(new SegmentLogOptions { Directory = StoreFolder });
        await store.CreateAsync(Name, new StreamOptions { SegmentBytes = 64 << 10, MaxAge = TimeSpan.FromDays(90_000) });
        await store.CreateAsync(new StreamName("plant", "empty"), new StreamOptions());
        await using var writer = await store.OpenWriterAsync(Name, Guid.NewGuid());
        for (var i = 0; i < 200; i++)
        {
            var payload = Encoding.UTF8.GetBytes($"{{\"n\":{i},\"pad\":\"{new string('x', 900)}\"}}");
            await writer.AppendAsync(new EventBatch(new[] { new StreamEvent(payload, 1_790_000_000_000_000 + i * 1_000_000L) }));
        }
        await writer.AppendAsync(new EventBatch(new[] { new StreamEvent(new byte[] { 0xff, 0x00 }, 1_790_000_200_000_000) }));
        await store.WriteCheckpointAsync(Name, new ReaderCheckpoint("archive", new StreamPosition(0, 150)));
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public void Ls_lists_the_streams_of_a_site_that_runs()
    {
        foreach (var folder in (string[])[data, StoreFolder])
        {
            var (code, output, _) = Run("ls", folder);
            Assert.Equal(0, code);
            var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(3, lines.Length);
            Assert.StartsWith("plant/empty ", lines[1], StringComparison.Ordinal);
            Assert.Matches(@"^plant/line1 +201 .* 0 +201  archive at 0:150$", lines[2]);
        }
    }

    [Fact]
    public void Inspect_tells_options_readers_and_segments()
    {
        var (code, output, _) = Run("inspect", data, "plant/line1");
        Assert.Equal(0, code);
        Assert.Contains("201 events, 0 to 201 (excluded)", output, StringComparison.Ordinal);
        Assert.Contains("Written, segments of 65,536 bytes, at most 4,294,967,296 bytes and 90000.00:00:00", output, StringComparison.Ordinal);
        Assert.Contains("reader archive: at 0:150, 51 behind, owner 0", output, StringComparison.Ordinal);
        Assert.Equal(Segments.Length - 1, output.Split('\n').Count(line => line.TrimEnd().EndsWith(" closed", StringComparison.Ordinal)));
        Assert.Contains("2026-09-21T14:13:20.000000Z", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_finds_nothing_in_a_sound_store_and_names_what_is_damaged_in_another()
    {
        var (code, output, _) = Run("verify", data);
        Assert.Equal(0, code);
        Assert.Contains("plant/line1: sound, 201 batches, 201 events", output, StringComparison.Ordinal);

        await store.DisposeAsync();
        var file = Segments[1];
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[5000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        (code, output, _) = Run("verify", data, "plant/line1");

        Assert.Equal(1, code);
        Assert.Contains("plant/line1: DAMAGED, 200 batches", output, StringComparison.Ordinal);
        Assert.Contains($"{Path.GetFileName(file)}: ", output, StringComparison.Ordinal);
        Assert.Contains("are damaged", output, StringComparison.Ordinal);
        Assert.Contains("(excluded) are missing", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_tail_is_a_note_and_not_damage()
    {
        await store.DisposeAsync();
        var newest = Segments[^1];
        await using (var file = File.OpenWrite(newest)) file.SetLength(file.Length - 3);

        var (code, output, _) = Run("verify", data);
        Assert.Equal(0, code);
        Assert.Contains("note: ", output, StringComparison.Ordinal);
        Assert.Contains("200 events", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Dump_writes_a_line_of_json_an_event_from_an_offset_or_a_time()
    {
        var lines = Dump("dump", data, "plant/line1", "--from", "197");
        Assert.Equal(["0:197", "0:198", "0:199", "0:200"], lines.Select(line => line.GetProperty("position").GetString()));
        Assert.StartsWith("{\"n\":197,", lines[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("2026-09-21T14:16:37.000000Z", lines[0].GetProperty("time").GetString());
        Assert.Equal(197, lines[0].GetProperty("number").GetInt64());
        Assert.Equal([0xff, 0x00], lines[3].GetProperty("base64").GetBytesFromBase64());

        Assert.Equal("0:5", Assert.Single(Dump("dump", data, "plant/line1", "--since", "2026-09-21T14:13:25Z", "--count", "1"))
            .GetProperty("position").GetString());
    }

    [Fact]
    public async Task Verify_of_a_stream_that_is_being_appended_to_never_calls_it_damaged()
    {
        using var stop = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            await using var writer = await store.OpenWriterAsync(Name, Guid.NewGuid());
            while (!stop.IsCancellationRequested)
                await writer.AppendAsync(new EventBatch(Enumerable.Repeat(new StreamEvent(new byte[500], 1), 50).ToArray()));
        });
        for (var i = 0; i < 20; i++)
        {
            var (code, output, _) = Run("verify", data);
            Assert.True(code == 0, output);
        }
        await stop.CancelAsync();
        await appending;
    }

    [Theory]
    [InlineData("inspect", "plant/none", "There is no stream 'plant/none'")]
    [InlineData("dump", "nonsense", "scope/stream")]
    public void What_is_not_there_gets_a_sentence(string command, string stream, string says)
    {
        var (code, _, error) = Run(command, data, stream);
        Assert.Equal(1, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_segment_log_gets_a_sentence()
    {
        var (code, _, error) = Run("ls", Path.GetTempPath());
        Assert.Equal(1, code);
        Assert.Contains("has no segment log", error, StringComparison.Ordinal);
    }

    private static List<JsonElement> Dump(params string[] words) =>
        [.. Run(words).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static (int Code, string Output, string Error) Run(params string[] words)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = new RootCommand { StreamsCommand.Create() }.Parse(["streams", .. words])
            .Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
