using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Weir.Mqtt;

namespace Weir.EndToEnd.Tests;

/// <summary>Search and upload over MQTT with mosquitto's clients, and from a child site to its parent.</summary>
public sealed class TransferTests
{
    private const int Messages = 2_000;

    [Fact]
    public async Task A_search_sends_the_ring_as_messages_and_the_disk_as_a_file_cut_to_the_rows()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await FillAsync(site);
        await using var listener = Mosquitto.Listen(site.MqttPort, "MQfile/#", "ParquetFile/#", "$weir/result/#");
        await HistoryTests.SubscribedAsync(site, "$weir/result/#");

        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", """{"id":"trip","ranges":[{}]}""");
        await EndedAsync(site, listener, "trip", "done");

        var rows = listener.Texts("MQfile/trip").Select(text => JsonDocument.Parse(text).RootElement).ToList();
        var numbers = rows.Select(row => int.Parse(row.GetProperty("payload").GetString()!.Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        // The ring holds the newest; the rest is in the file.
        Assert.Equal(Enumerable.Range(Messages - numbers.Count, numbers.Count), numbers);
        Assert.InRange(numbers.Count, 1, 400);
        Assert.All(rows, row => Assert.Equal("car/can", row.GetProperty("topic").GetString()));
        var file = Assemble(listener, "ParquetFile/trip/1");
        Assert.Equal("car_trip.parquet", file.Name);
        await AssertRowsAsync(site, file.Bytes, 0, Messages - numbers.Count);
        Assert.Equal(["begun", "sent"], listener.Texts("ParquetFile/trip").Select(text => JsonDocument.Parse(text).RootElement.GetProperty("state").GetString()));

        // What was sent out is not kept a second time.
        Assert.Equal(Messages, await CountAsync(site));

        // The same file once more, from an offset on.
        var before = listener.Messages.Count;
        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", """{"id":"trip","action":"resume","file":1,"offset":100}""");
        await Eventually.TrueAsync(
            () => listener.Messages.Skip(before).Any(message => message.Topic.StartsWith("ParquetFile/trip/1/fin/", StringComparison.Ordinal)),
            TimeSpan.FromMinutes(2), () => site.Output);
        var again = listener.Messages.Skip(before).First(message => message.Topic.StartsWith("ParquetFile/trip/1/100/", StringComparison.Ordinal));
        Assert.True(again.Payload.AsSpan().SequenceEqual(file.Bytes.AsSpan(100, again.Payload.Length)));
    }

    [Fact]
    public async Task Whole_files_messages_alone_and_keys_can_be_asked_for()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        await FillAsync(site);
        await using var listener = Mosquitto.Listen(site.MqttPort, "MQfile/#", "ParquetFile/#", "$weir/result/#");
        await HistoryTests.SubscribedAsync(site, "$weir/result/#");
        var keys = await KeysAsync(site);

        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car",
            $$"""{"id":"some","files":"messages","batch":10,"ranges":[{"from":"{{keys[100]}}","to":"{{keys[149]}}"},{"from":"{{keys[140]}}","to":"{{keys[159]}}"}]}""");
        await EndedAsync(site, listener, "some", "done");
        var lines = listener.Texts("MQfile/some").SelectMany(text => text.Split('\n')).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("key").GetString()!).ToList();
        Assert.Equal(keys[100..160], lines);
        Assert.Equal(6, listener.Texts("MQfile/some").Count);

        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", $$"""{"id":"whole","files":"whole","ranges":[{"from":"{{keys[3]}}","to":"{{keys[3]}}"}]}""");
        await EndedAsync(site, listener, "whole", "done");
        var file = Assemble(listener, "ParquetFile/whole/1");
        Assert.StartsWith("car_", file.Name, StringComparison.Ordinal);
        Assert.Equal(file.Bytes, await File.ReadAllBytesAsync(Directory.EnumerateFiles(Path.Combine(site.Folder, "archive", "car"), file.Name, SearchOption.AllDirectories).Single(), HistoryTests.Stop));
        Assert.Empty(listener.Texts("MQfile/whole"));

        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", """{"id":"ring","files":"none","topic":"car/+","ranges":[{}]}""");
        await EndedAsync(site, listener, "ring", "done");
        Assert.NotEmpty(listener.Texts("MQfile/ring"));
        Assert.DoesNotContain(listener.Messages, message => message.Topic.StartsWith("ParquetFile/ring", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_wrong_request_gets_its_error_and_a_search_can_be_cancelled()
    {
        Mosquitto.Need();
        await using var site = await SiteProcess.StartWithAsync(
            new Dictionary<string, string> { ["Weir__Transfers__SearchesPerClient"] = "1000" }, null, "--no-demo");
        await FillAsync(site);
        await using var listener = Mosquitto.Listen(site.MqttPort, "$weir/result/#");
        await HistoryTests.SubscribedAsync(site, "$weir/result/#");
        (string Exchange, string Request, string Topic, string Error)[] wrong =
        [
            ("car", "?", "invalid", "The request is no JSON"),
            ("car", """{"ranges":[{}]}""", "invalid", "id must be"),
            ("car", """{"id":"a","ranges":[{"from":6,"to":5}]}""", "a", "A range ends before it starts"),
            ("nowhere", """{"id":"b","ranges":[{}]}""", "b", "There is no exchange 'nowhere' on this site."),
            ("car", """{"id":"c","ranges":[{}],"to":"moon"}""", "c", "to must name a parent of Weir:Transfers:Parents, but is 'moon'; none is set up."),
            ("car", """{"id":"d","action":"cancel"}""", "d", "No search 'd' runs."),
            ("car", """{"id":"e","action":"resume","file":1}""", "e", "The search 'e' has no files any more; search again."),
            ("car", """{"id":"f","action":"status"}""", "f", "There is no search 'f'."),
        ];
        foreach (var (exchange, request, topic, error) in wrong)
        {
            var before = listener.Texts($"$weir/result/{topic}").Count;
            await Mosquitto.PublishAsync(site.MqttPort, $"$weir/search/{exchange}", request);
            await Eventually.TrueAsync(() => listener.Texts($"$weir/result/{topic}").Count > before, TimeSpan.FromMinutes(2), () => $"No answer to {request}. {site.Output}");
            var answer = JsonDocument.Parse(listener.Texts($"$weir/result/{topic}")[^1]).RootElement;
            Assert.Equal("refused", answer.GetProperty("state").GetString());
            Assert.StartsWith(error, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
        }

        // At a kilobyte a second it has minutes to go.
        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", """{"id":"long","files":"messages","rate":1024,"ranges":[{}]}""");
        await Eventually.TrueAsync(async () => (await SearchAsync(site, "long")).GetProperty("messages").GetInt64() > 0, TimeSpan.FromMinutes(2), () => site.Output);
        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", """{"id":"long","ranges":[{}]}""");
        await Eventually.TrueAsync(() => listener.Texts("$weir/result/long").Exists(text => text.Contains("runs already", StringComparison.Ordinal)), TimeSpan.FromMinutes(2), () => site.Output);
        await Mosquitto.PublishAsync(site.MqttPort, "$weir/search/car", """{"id":"long","action":"cancel"}""");
        await EndedAsync(site, listener, "long", "cancelled");
        Assert.True((await SearchAsync(site, "long")).GetProperty("messages").GetInt64() < Messages);
    }

    [Fact]
    public async Task Who_may_search_and_upload_is_said_by_the_access_rules()
    {
        var settings = new Dictionary<string, string>
        {
            ["Weir__Mqtt__Security__Users__0__Name"] = "analyst",
            ["Weir__Mqtt__Security__Users__0__PasswordHash"] = PasswordHash.Create("pw"u8, 1000),
            ["Weir__Mqtt__Security__Users__1__Name"] = "press",
            ["Weir__Mqtt__Security__Users__1__PasswordHash"] = PasswordHash.Create("pw"u8, 1000),
            ["Weir__Mqtt__Security__Access__0__User"] = "analyst",
            ["Weir__Mqtt__Security__Access__0__Topic"] = "$weir/search/car",
            ["Weir__Mqtt__Security__Access__1__Topic"] = "#",
        };
        await using var site = await SiteProcess.StartWithAsync(settings, null, "--no-demo");
        await site.PutAsync("api/exchanges/car", new { filters = new[] { "car/#" } });
        await using var analyst = await LogInAsync(site, "analyst");
        await using var press = await LogInAsync(site, "press");
        var request = """{"id":"a","ranges":[{}]}"""u8.ToArray();
        Assert.Equal(ReasonCode.Success, await analyst.PublishAsync("$weir/search/car", request, cancellationToken: HistoryTests.Stop));
        Assert.Equal(ReasonCode.NotAuthorized, await analyst.PublishAsync("$weir/search/other", request, cancellationToken: HistoryTests.Stop));
        // '#' does not cover what begins with '$'.
        Assert.Equal(ReasonCode.NotAuthorized, await press.PublishAsync("$weir/search/car", request, cancellationToken: HistoryTests.Stop));
        Assert.Equal(ReasonCode.NotAuthorized, await press.PublishAsync("$file/a/init", """{"name":"a"}"""u8.ToArray(), cancellationToken: HistoryTests.Stop));
        Assert.Equal(ReasonCode.Success, await press.PublishAsync("car/can", request, cancellationToken: HistoryTests.Stop));
    }

    [Fact]
    public async Task A_file_comes_by_mosquitto_pub_and_is_answered()
    {
        // A client's name is free in what it may have.
        const string Client = "hall/camera 1%2F", Address = "api/files/hall%2Fcamera%201%252F/p1";
        Mosquitto.Need();
        await using var site = await SiteProcess.StartAsync(null, "--no-demo");
        var folder = Directory.CreateTempSubdirectory("weir-file-").FullName;
        try
        {
            var content = RandomNumberGenerator.GetBytes(5_000);
            var (first, second, init) = (Path.Combine(folder, "1"), Path.Combine(folder, "2"), Path.Combine(folder, "init"));
            await File.WriteAllBytesAsync(first, content.AsMemory(0, 3_000), HistoryTests.Stop);
            await File.WriteAllBytesAsync(second, content.AsMemory(3_000), HistoryTests.Stop);
            await File.WriteAllTextAsync(init, $$"""{"name":"picture.bin","size":5000,"checksum":"{{Sha(content)}}"}""", HistoryTests.Stop);
            await Mosquitto.PublishFileAsync(site.MqttPort, Client, "$file/p1/init", init);
            await Mosquitto.PublishFileAsync(site.MqttPort, Client, "$file/p1/0", first);
            // Broken in the middle: the site dies, and the client sends the rest to the next one.
            await site.KillAsync();
            await site.StartAgainAsync();
            await Mosquitto.PublishFileAsync(site.MqttPort, Client, $"$file/p1/3000/{Sha(content.AsSpan(3_000))}", second);
            await Mosquitto.PublishFileAsync(site.MqttPort, Client, "$file/p1/fin/5000", null);

            var file = Assert.Single((await site.GetAsync("api/files")).EnumerateArray());
            Assert.Equal((Client, "p1", "picture.bin", true), (file.GetProperty("client").GetString(), file.GetProperty("id").GetString(), file.GetProperty("name").GetString(), file.GetProperty("isWhole").GetBoolean()));
            Assert.Equal(content, await site.Http.GetByteArrayAsync(Address, HistoryTests.Stop));

            await using var after = Mosquitto.Listen(site.MqttPort, $"$file-response/{Client}");
            await HistoryTests.SubscribedAsync(site, $"$file-response/{Client}");
            await Mosquitto.PublishFileAsync(site.MqttPort, Client, "$file-async/p2/fin/7", null);
            await Eventually.TrueAsync(() => after.Messages.Count > 0, TimeSpan.FromMinutes(2), () => site.Output);
            var answer = JsonDocument.Parse(after.Messages[0].Payload).RootElement;
            Assert.Equal(0x83, answer.GetProperty("reason_code").GetInt32());
            Assert.Equal("The transfer 'p2' was not begun: send init first.", answer.GetProperty("reason_description").GetString());

            using var deleted = await site.Http.DeleteAsync(Address, HistoryTests.Stop);
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await site.Http.GetAsync(Address, HistoryTests.Stop)).StatusCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_upload_to_a_parent_goes_on_after_either_site_was_killed()
    {
        await using var parent = await SiteProcess.StartAsync(null, "--no-demo");
        var settings = new Dictionary<string, string>
        {
            ["Weir__Transfers__Parents__plant__Host"] = "127.0.0.1",
            ["Weir__Transfers__Parents__plant__Port"] = $"{parent.MqttPort}",
            ["Weir__Transfers__Parents__plant__ClientId"] = "child",
            ["Weir__Transfers__SegmentBytes"] = "4096",
        };
        await using var child = await SiteProcess.StartWithAsync(settings, null, "--no-demo");
        await FillAsync(child);
        using var started = await child.Http.PostAsync(
            "api/searches/car", new StringContent("""{"id":"upload","to":"plant","rate":10000,"ranges":[{}]}"""), HistoryTests.Stop);
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync(HistoryTests.Stop));

        await SentAsync(child, 8_000);
        await parent.KillAsync();
        await parent.StartAgainAsync();
        await SentAsync(child, 30_000);
        await child.KillAsync();
        await child.StartAgainAsync();

        await Eventually.TrueAsync(
            async () => (await parent.GetAsync("api/files")).EnumerateArray().Any(file => file.GetProperty("isWhole").GetBoolean()),
            TimeSpan.FromMinutes(3), () => $"child: {child.Output}\nparent: {parent.Output}");
        var file = Assert.Single((await parent.GetAsync("api/files")).EnumerateArray());
        Assert.Equal(("child-upload", "upload-1", "car_upload.parquet"), (file.GetProperty("client").GetString(), file.GetProperty("id").GetString(), file.GetProperty("name").GetString()));
        var bytes = await parent.Http.GetByteArrayAsync("api/files/child-upload/upload-1", HistoryTests.Stop);
        Assert.Equal(Sha(bytes), file.GetProperty("checksum").GetString());
        var inRing = (await SearchAsync(child, "upload")).GetProperty("fileBytesTotal").GetInt64();
        Assert.Equal(inRing, bytes.Length);
    }

    /// <summary>An exchange with a ring of 400 and the messages 0 to 1,999, each with a hundred random digits so that its file is no small one.</summary>
    private static async Task FillAsync(SiteProcess site)
    {
        await site.PutAsync("api/exchanges/car", new { filters = new[] { "#" }, ringMessages = 400, ringAge = "01:00:00" });
        await using var client = await Clients.ConnectAsync(site.MqttPort, "car");
        var sent = new List<Task>();
        for (var n = 0; n < Messages; n++)
        {
            sent.Add(client.PublishAsync("car/can", Encoding.UTF8.GetBytes($"{n} {Convert.ToHexString(RandomNumberGenerator.GetBytes(50))}"), cancellationToken: HistoryTests.Stop).AsTask());
            // The ring lets go of what came together as a whole, so the last ones come one by one: some of them stay.
            if (n >= Messages - 100) await Task.WhenAll(sent);
        }
        await HistoryTests.FlushAsync(site, "car");
    }

    private static async Task EndedAsync(SiteProcess site, Mosquitto.Listener listener, string id, string state) => await Eventually.TrueAsync(
        () => listener.Texts($"$weir/result/{id}").Exists(text => JsonDocument.Parse(text).RootElement.GetProperty("state").GetString() == state),
        TimeSpan.FromMinutes(2), () => $"It said: {string.Join('\n', listener.Texts($"$weir/result/{id}"))}\n{site.Output}");

    private static Task SentAsync(SiteProcess child, long bytes) => Eventually.TrueAsync(
        async () =>
        {
            var search = await SearchAsync(child, "upload");
            Assert.NotEqual("Failed", search.GetProperty("state").GetString());
            return search.GetProperty("fileBytes").GetInt64() >= bytes;
        },
        TimeSpan.FromMinutes(2), () => child.Output);

    private static async Task<JsonElement> SearchAsync(SiteProcess site, string id) =>
        (await site.GetAsync("api/searches")).EnumerateArray().Single(search => search.GetProperty("id").GetString() == id);

    private static async Task<List<string>> KeysAsync(SiteProcess site) =>
        [.. (await site.GetAsync($"api/exchanges/car/messages?limit={Messages}")).GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("key").GetString()!)];

    private static async Task<int> CountAsync(SiteProcess site) =>
        (await site.GetAsync("api/exchanges/car/messages?limit=100000")).GetProperty("messages").GetArrayLength();

    /// <summary>Puts a file together from the commands that were seen, and holds it against their checksums.</summary>
    private static (string Name, byte[] Bytes) Assemble(Mosquitto.Listener listener, string topic)
    {
        var commands = listener.Messages.Where(message => message.Topic.StartsWith(topic + "/", StringComparison.Ordinal))
            .Select(message => (Tail: message.Topic[(topic.Length + 1)..].Split('/'), message.Payload)).ToList();
        var init = JsonDocument.Parse(commands[0].Payload).RootElement;
        var bytes = new byte[init.GetProperty("size").GetInt64()];
        foreach (var (tail, payload) in commands.Where(command => char.IsAsciiDigit(command.Tail[0][0])))
        {
            Assert.Equal(Sha(payload), tail[1]);
            payload.CopyTo(bytes, int.Parse(tail[0], CultureInfo.InvariantCulture));
        }
        Assert.Equal(["fin", $"{bytes.Length}", Sha(bytes)], commands[^1].Tail);
        Assert.Equal(Sha(bytes), init.GetProperty("checksum").GetString());
        return (init.GetProperty("name").GetString()!, bytes);
    }

    /// <summary>The rows of a file are those that the site gives, made into a file by itself over HTTP.</summary>
    private static async Task AssertRowsAsync(SiteProcess site, byte[] file, int first, int count)
    {
        var keys = await KeysAsync(site);
        var same = await site.Http.GetByteArrayAsync(
            $"api/exchanges/car/messages?format=parquet&firstKey={keys[first]}&lastKey={keys[first + count - 1]}", HistoryTests.Stop);
        Assert.Equal(Sha(same), Sha(file));
    }

    private static async Task<MqttClient> LogInAsync(SiteProcess site, string user)
    {
        var client = new MqttClient(new MqttClientOptions { Host = "127.0.0.1", Port = site.MqttPort, ClientId = user, UserName = user, Password = "pw"u8.ToArray() });
        await client.ConnectAsync(HistoryTests.Stop);
        return client;
    }

    private static string Sha(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
