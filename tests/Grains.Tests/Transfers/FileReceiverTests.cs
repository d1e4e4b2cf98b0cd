using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Weir.Database;
using Weir.Database.Transfers;
using Weir.Grains.Transfers;
using Weir.Grains.Transfers.Receiving;
using Weir.Grains.Transfers.Recording;
using Weir.Mqtt;

namespace Weir.Grains.Tests.Transfers;

/// <summary>The receiver of files that travel over MQTT.</summary>
public sealed class FileReceiverTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-receiver-").FullName;
    private readonly FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly byte[] content = RandomNumberGenerator.GetBytes(10_000);

    private readonly SiteDatabase database;

    public FileReceiverTests() =>
        database = new SiteDatabase(Options.Create(new SiteDatabaseOptions { File = Path.Combine(folder, "site.db") }));

    public void Dispose()
    {
        database.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_file_comes_in_any_order_of_its_segments()
    {
        var receiver = Open();
        Init(receiver, "a", new { name = "a.parquet", size = content.Length, checksum = Sha(content), user_data = new { machine = 7 } });
        foreach (var offset in new[] { 6_000, 0, 8_000, 2_000, 4_000 }) Segment(receiver, "a", offset, 2_000);
        Send(receiver, $"$file/a/fin/{content.Length}/{Sha(content)}");
        var (entry, path) = receiver.Find("child", "a")!.Value;
        Assert.Equal(("a.parquet", content.Length, Sha(content)), (entry.Name, entry.Size, entry.Checksum));
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Equal(7, entry.UserData!.Value.GetProperty("machine").GetInt32());
        Assert.Empty(receiver.Incoming);
    }

    [Fact]
    public void Every_command_may_come_twice()
    {
        var receiver = Open();
        for (var i = 0; i < 2; i++)
        {
            Init(receiver, "a", new { name = "a.bin" });
            Segment(receiver, "a", 0, 6_000);
            Segment(receiver, "a", 5_000, 5_000);
        }
        for (var i = 0; i < 2; i++) Send(receiver, $"$file/a/fin/{content.Length}");
        Init(receiver, "a", new { name = "a.bin" });
        Segment(receiver, "a", 0, 6_000);
        Send(receiver, $"$file/a/fin/{content.Length}/{Sha(content)}");
        Assert.Equal(content, File.ReadAllBytes(receiver.Find("child", "a")!.Value.Path));
        Assert.Single(receiver.Received);
    }

    [Fact]
    public void A_transfer_that_was_cut_off_goes_on_after_a_restart()
    {
        var receiver = Open();
        Init(receiver, "a", new { name = "a.bin", size = content.Length });
        Segment(receiver, "a", 0, 3_000);
        Segment(receiver, "a", 6_000, 4_000);
        // A crash in the middle of the list of what is there.
        var ranges = Directory.EnumerateFiles(folder, "ranges", SearchOption.AllDirectories).Single();
        File.AppendAllText(ranges, "3000 300");

        receiver = Open();
        Init(receiver, "a", new { name = "a.bin", size = content.Length });
        Assert.Equal((7_000, 10_000), (receiver.Incoming.Single().Bytes, receiver.Incoming.Single().Size));
        Assert.Equal("Of 10000 bytes 7000 are here; the first that is missing is at offset 3000.", Refused(receiver, $"$file/a/fin/{content.Length}").Message);
        Segment(receiver, "a", 3_000, 3_000);
        Send(receiver, $"$file/a/fin/{content.Length}/{Sha(content)}");
        receiver = Open();
        Assert.Equal(content, File.ReadAllBytes(receiver.Find("child", "a")!.Value.Path));
    }

    [Fact]
    public void Clients_do_not_see_each_others_transfers()
    {
        var receiver = Open();
        Init(receiver, "a", new { name = "a.bin" });
        Assert.Equal("The transfer 'a' was not begun: send init first.", Refused(receiver, "$file/a/0", "x"u8.ToArray(), "another").Message);
        receiver.Execute("../../escape", Parse("$file/..%2f/init"), JsonSerializer.SerializeToUtf8Bytes(new { name = "b" }));
        receiver.Execute("..", Parse("$file/../init"), JsonSerializer.SerializeToUtf8Bytes(new { name = "c" }));
        Assert.Equal([folder], Directory.EnumerateFiles(Path.GetDirectoryName(folder)!, "init.json").Append(folder));
        Assert.All(Directory.EnumerateFiles(folder, "init.json", SearchOption.AllDirectories), path => Assert.StartsWith(Path.Combine(folder, "incoming"), path));
        Assert.Equal(3, receiver.Incoming.Count);
    }

    [Theory]
    [InlineData("$file/a", "A command is $file/ID/init, $file/ID/OFFSET[/SHA256], $file/ID/fin/SIZE[/SHA256] or $file/ID/abort, with an ID of 1 to 256 characters.")]
    [InlineData("$file//init", "A command is $file/ID/init, $file/ID/OFFSET[/SHA256], $file/ID/fin/SIZE[/SHA256] or $file/ID/abort, with an ID of 1 to 256 characters.")]
    [InlineData("$file/a/begin", "'begin' is no command: init, OFFSET[/SHA256], fin/SIZE[/SHA256] or abort is.")]
    [InlineData("$file/a/-1", "'-1' is no command: init, OFFSET[/SHA256], fin/SIZE[/SHA256] or abort is.")]
    [InlineData("$file/a/99999999999999999999", "'99999999999999999999' is no command: init, OFFSET[/SHA256], fin/SIZE[/SHA256] or abort is.")]
    [InlineData("$file/a/0/abc", "A checksum is SHA-256 in 64 hexadecimal digits, but this is 'abc'.")]
    public void A_topic_that_is_no_command_says_what_would_be(string topic, string fault)
    {
        Assert.False(FileCommand.TryParse(topic, out _, out var found));
        Assert.Equal(fault, found);
    }

    [Theory]
    [InlineData("no JSON", "The payload of init must be a JSON object with at least a name")]
    [InlineData("{}", "The file needs a name.")]
    [InlineData("""{"name":"../../etc/passwd"}""", "A file's name must not be '.' or '..', nor have a slash")]
    [InlineData("""{"name":".."}""", "A file's name must not be '.' or '..', nor have a slash")]
    [InlineData("""{"name":"a","size":-1}""", "A file's size must not be negative, but is -1.")]
    [InlineData("""{"name":"a","size":20001}""", "A file may have 20,000 bytes, but this has 20,001.")]
    [InlineData("""{"name":"a","checksum":"12"}""", "A checksum is SHA-256 in 64 hexadecimal digits.")]
    [InlineData("""{"name":"a","expire_at":5}""", "The file has expired already (expire_at).")]
    [InlineData("""{"name":"a","segments_ttl":0}""", "segments_ttl must be above zero.")]
    public void An_init_that_is_not_allowed_says_why(string json, string fault) =>
        Assert.StartsWith(fault, Refused(Open(), "$file/a/init", Encoding.UTF8.GetBytes(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Wrong_bytes_are_refused_and_the_transfer_goes_on()
    {
        var receiver = Open();
        Init(receiver, "a", new { name = "a.bin", size = content.Length, checksum = Sha(content) });
        Assert.EndsWith($"but should be {Sha([1])}.", Refused(receiver, $"$file/a/0/{Sha([1])}", content).Message, StringComparison.Ordinal);
        Assert.Equal("The file was announced with 10,000 bytes, but this segment ends at 10,001.", Refused(receiver, "$file/a/1", content).Message);
        receiver.Execute("child", Parse("$file/a/0"), new byte[10_000]);
        Assert.EndsWith($"but should be {Sha(content)}.", Refused(receiver, "$file/a/fin/10000").Message, StringComparison.Ordinal);
        Assert.Equal("The file was announced with 10,000 bytes, but is to be finished with 9,999.", Refused(receiver, "$file/a/fin/9999").Message);
        Segment(receiver, "a", 0, 10_000);
        Send(receiver, "$file/a/fin/10000");
        Assert.Equal("The transfer 'a' has brought another file already, 'a.bin'.", Refused(receiver, "$file/a/init", """{"name":"b.bin"}"""u8.ToArray()).Message);
    }

    [Fact]
    public void Limits_hold_on_count_size_and_quota()
    {
        var receiver = Open(options => (options.MaxOpenFilesPerClient, options.MaxOpenFiles, options.QuotaBytes) = (2, 3, 25_000));
        Init(receiver, "a", new { name = "a", size = 10_000 });
        Init(receiver, "b", new { name = "b" });
        var refusal = Refused(receiver, "$file/c/init", """{"name":"c"}"""u8.ToArray());
        Assert.Equal(("A client may have 2 files coming at one time.", ReasonCode.QuotaExceeded), (refusal.Message, refusal.Reason));
        receiver.Execute("second", Parse("$file/c/init"), """{"name":"c"}"""u8);
        Assert.Equal("There may be 3 files coming at one time.", Refused(receiver, "$file/d/init", """{"name":"d"}"""u8.ToArray(), "third").Message);
        Send(receiver, "$file/b/abort");
        Assert.Equal("All files together may have 25,000 bytes, and 10,000 are taken.", Refused(receiver, "$file/b/init", """{"name":"b","size":15001}"""u8.ToArray()).Message);
        Assert.Equal("A file may have 20,000 bytes, but this segment ends at 20,001.", Refused(receiver, "$file/a/20000", [1]).Message);
        receiver.Execute("second", Parse("$file/c/0"), new byte[15_000]);
        Assert.Equal("All files together may have 25,000 bytes, and 25,000 are taken.", Refused(receiver, "$file/c/15000", [1], "second").Message);
    }

    [Fact]
    public void What_nobody_finishes_and_what_has_expired_goes()
    {
        var receiver = Open(options => options.ReceivedAge = TimeSpan.FromDays(2));
        Init(receiver, "slow", new { name = "a" });
        Init(receiver, "quick", new { name = "b", segments_ttl = 60 });
        Init(receiver, "whole", new { name = "c" });
        Segment(receiver, "whole", 0, 10_000);
        Send(receiver, "$file/whole/fin/10000");
        time.Advance(TimeSpan.FromSeconds(61));
        receiver.Sweep();
        Assert.Equal(["slow"], receiver.Incoming.Select(file => file.Id));
        time.Advance(TimeSpan.FromDays(1));
        receiver.Sweep();
        Assert.Empty(receiver.Incoming);
        Assert.Single(receiver.Received);
        time.Advance(TimeSpan.FromDays(1));
        receiver.Sweep();
        Assert.Empty(receiver.Received);
        Assert.Empty(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));
    }

    private FileReceiver Open(Action<TransferOptions>? configure = null)
    {
        var options = new TransferOptions { Folder = folder, MaxFileBytes = 20_000 };
        configure?.Invoke(options);
        var recorder = new TransferRecorder(new TransferTable(database), Options.Create(options), time, NullLogger<TransferRecorder>.Instance);
        return new FileReceiver(Options.Create(options), recorder, time);
    }

    private static FileCommand Parse(string topic)
    {
        Assert.True(FileCommand.TryParse(topic, out var command, out var fault), fault);
        return command;
    }

    private static void Init(FileReceiver receiver, string id, object init) =>
        receiver.Execute("child", Parse($"$file/{id}/init"), JsonSerializer.SerializeToUtf8Bytes(init));

    private void Segment(FileReceiver receiver, string id, int offset, int length)
    {
        var segment = content.AsSpan(offset, length);
        receiver.Execute("child", Parse($"$file/{id}/{offset}/{Sha(segment)}"), segment);
    }

    private static void Send(FileReceiver receiver, string topic) => receiver.Execute("child", Parse(topic), []);

    private static FileTransferException Refused(FileReceiver receiver, string topic, byte[]? payload = null, string client = "child") =>
        Assert.Throws<FileTransferException>(() => receiver.Execute(client, Parse(topic), payload ?? []));

    private static string Sha(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
