using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Weir.Database;
using Weir.Database.Transfers;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Interfaces.Transfers;
using Weir.Grains.Transfers;
using Weir.Grains.Transfers.Receiving;
using Weir.Grains.Transfers.Recording;

namespace Weir.Grains.Tests.Transfers;

/// <summary>What the database has of transfers.</summary>
public sealed class TransferRecordTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(3_000);

    private readonly string folder = Directory.CreateTempSubdirectory("weir-record-").FullName;
    private readonly FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly SiteDatabase database;
    private readonly TransferTable table;
    private readonly TransferOptions options;

    public TransferRecordTests()
    {
        database = new SiteDatabase(Options.Create(new SiteDatabaseOptions { File = Path.Combine(folder, "site.db") }));
        table = new TransferTable(database);
        options = new TransferOptions { Folder = Path.Combine(folder, "transfers") };
    }

    public void Dispose()
    {
        database.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_that_comes_is_in_the_record_from_its_beginning_to_its_end()
    {
        using var recorder = Recorder();
        var receiver = new FileReceiver(Options.Create(options), recorder, time);

        Send(receiver, "a/init", JsonSerializer.SerializeToUtf8Bytes(new { name = "a.bin", size = Content.Length }));
        Send(receiver, "a/0", Content[..1_000]);
        await StoreAsync(recorder);
        var coming = Assert.Single(await table.QueryAsync(new TransferFilter()));
        Assert.Equal(
            ("receive", "a.bin", "a", "press", TransferStates.Running, 1_000L, 3_000L, null),
            (coming.Kind, coming.Item, coming.Name, coming.Client, coming.State, coming.ByteDone, coming.ByteSize, coming.Ended));

        time.Advance(TimeSpan.FromSeconds(5));
        Send(receiver, "a/1000", Content[1_000..]);
        Assert.Throws<FileTransferException>(() => Send(receiver, $"a/fin/3000/{new string('0', 64)}"));
        await StoreAsync(recorder);
        var wrong = Assert.Single(await table.QueryAsync(new TransferFilter()));
        Assert.Equal(TransferStates.Running, wrong.State);
        Assert.StartsWith("The file's SHA-256 is", wrong.Fault, StringComparison.Ordinal);

        Send(receiver, "a/fin/3000");
        await StoreAsync(recorder);
        var come = Assert.Single(await table.QueryAsync(new TransferFilter()));
        Assert.Equal(
            (TransferStates.Done, 3_000L, Convert.ToHexStringLower(SHA256.HashData(Content)), null, coming.Started + 5_000_000),
            (come.State, come.ByteDone, come.Sha256, come.Fault, come.Ended));
    }

    [Fact]
    public async Task A_file_that_is_aborted_or_left_says_so_in_the_record()
    {
        using var recorder = Recorder();
        var receiver = new FileReceiver(Options.Create(options), recorder, time);
        Send(receiver, "a/init", JsonSerializer.SerializeToUtf8Bytes(new { name = "aborted" }));
        Send(receiver, "b/init", JsonSerializer.SerializeToUtf8Bytes(new { name = "left", segments_ttl = 60 }));
        Send(receiver, "a/abort");
        time.Advance(TimeSpan.FromMinutes(2));
        receiver.Sweep();
        await StoreAsync(recorder);

        var rows = (await table.QueryAsync(new TransferFilter())).ToDictionary(row => row.Item);
        Assert.Equal(TransferStates.Cancelled, rows["aborted"].State);
        Assert.Equal((TransferStates.Failed, "Nothing came of it for 00:01:00."), (rows["left"].State, rows["left"].Fault));
    }

    [Fact]
    public async Task After_a_restart_a_file_goes_on_in_its_row_and_a_search_that_was_cut_off_has_ended()
    {
        var began = time.GetUtcNow();
        using (var recorder = Recorder())
        {
            var receiver = new FileReceiver(Options.Create(options), recorder, time);
            Send(receiver, "a/init", JsonSerializer.SerializeToUtf8Bytes(new { name = "a.bin" }));
            recorder.Note(new SearchStatus { Id = "s", Exchange = "plant", State = SearchState.Running, Began = began, Messages = 3 });
            await StoreAsync(recorder);
        }

        time.Advance(TimeSpan.FromMinutes(1));
        using var second = Recorder();
        var again = new FileReceiver(Options.Create(options), second, time);
        second.Settle([.. again.Begun.Select(file => (file.Client, file.Id, file.Began))], []);
        Send(again, "a/0", Content);
        Send(again, "a/fin/3000");
        await StoreAsync(second);

        var rows = (await table.QueryAsync(new TransferFilter())).ToDictionary(row => row.Item);
        Assert.Equal(2, rows.Count);
        Assert.Equal(TransferStates.Done, rows["a.bin"].State);
        Assert.Equal(
            (TransferStates.Failed, "The site was stopped while it ran.", 3L), (rows["plant"].State, rows["plant"].Fault, rows["plant"].Messages));
    }

    [Fact]
    public async Task What_is_noted_while_the_database_is_away_is_stored_when_it_is_back()
    {
        // A folder where the file should be: it cannot be opened.
        Directory.CreateDirectory(Path.Combine(folder, "site.db"));
        using var recorder = Recorder();
        var running = new SearchStatus { Id = "waits", Exchange = "plant", State = SearchState.Running, Began = time.GetUtcNow() };
        recorder.Note(running);
        recorder.Note(running with { Id = "ends" });
        await StoreAsync(recorder);
        recorder.Note(running with { Id = "ends", State = SearchState.Done, Ended = time.GetUtcNow() });
        Directory.Delete(Path.Combine(folder, "site.db"));
        await StoreAsync(recorder);

        Assert.Equal(
            ["ends done", "waits running"],
            (await table.QueryAsync(new TransferFilter())).Select(row => $"{row.Name} {row.State}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_search_is_asked_for_in_the_record_after_the_site_was_started_again()
    {
        await using (var site = await TestSite.StartAsync(Path.Combine(folder, "site")))
        {
            await site.Site.PutExchangeAsync("hall", new ExchangeSettings { Filters = ["hall/#"] });
            await site.Broker.PublishAsync("hall/door", "open"u8.ToArray());
            await Transfers(site).StartSearchAsync("hall", """{"id":"one","ranges":[{}],"files":"messages"}""");
            await Answers.UntilAsync(Transfers(site).ListSearchesAsync, searches => searches.All(search => search.State != SearchState.Running));
            await Assert.ThrowsAsync<ArgumentException>(() => Transfers(site).QueryRecordAsync(new TransferQuery { State = "lost" }));
            await Assert.ThrowsAsync<ArgumentException>(() => Transfers(site).QueryRecordAsync(new TransferQuery { Limit = 0 }));
        }

        await using var again = await TestSite.StartAsync(Path.Combine(folder, "site"));
        var search = Assert.Single((await Transfers(again).QueryRecordAsync(new TransferQuery())).Transfers);
        Assert.Equal(
            ("search", "hall", "one", null, TransferStates.Done, 1L), (search.Kind, search.Item, search.Name, search.Client, search.State, search.Messages));
        Assert.NotNull(search.Ended);
        Assert.Empty((await Transfers(again).QueryRecordAsync(new TransferQuery { State = TransferStates.Running })).Transfers);
        var page = await Transfers(again).QueryRecordAsync(new TransferQuery { Limit = 1 });
        Assert.Empty((await Transfers(again).QueryRecordAsync(new TransferQuery { Limit = 1, After = page.Next })).Transfers);
    }

    private static ITransfersGrain Transfers(TestSite site) => site.Grains.GetGrain<ITransfersGrain>(ISiteGrain.Key);

    private TransferRecorder Recorder() => new(table, Options.Create(options), time, NullLogger<TransferRecorder>.Instance);

    // As when the process stops: all that waits is stored.
    private static Task StoreAsync(TransferRecorder recorder) => recorder.StopAsync(TestContext.Current.CancellationToken);

    private static void Send(FileReceiver receiver, string command, byte[]? payload = null)
    {
        Assert.True(FileCommand.TryParse($"$file/{command}", out var parsed, out var fault), fault);
        receiver.Execute("press", parsed, payload ?? []);
    }
}
