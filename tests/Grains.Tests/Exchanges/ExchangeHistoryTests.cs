using System.Text;
using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Interfaces.Sites;
using Weir.Grains.Interfaces.Transfers;

namespace Weir.Grains.Tests.Exchanges;

/// <summary>What an exchange keeps, through its grain: in batches, by SQL, as files, with a schema, and published again.</summary>
public sealed class ExchangeHistoryTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-history-").FullName;
    private TestSite site = null!;

    private IExchangeGrain Hall => site.Grains.GetGrain<IExchangeGrain>("hall");

    public async ValueTask InitializeAsync()
    {
        site = await TestSite.StartAsync(folder);
        await site.Site.PutExchangeAsync("hall", new ExchangeSettings { Filters = ["hall/#"], Schema = new ExchangeSchema() });
        for (var n = 0; n < 100; n++) await site.Broker.PublishAsync($"hall/{n % 4}", Encoding.UTF8.GetBytes($$"""{"n":{{n}}}"""));
    }

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Batches_have_typed_values_and_no_end_before_the_last_message()
    {
        await Hall.FlushAsync();
        List<long> numbers = [];
        List<int> sizes = [];
        await foreach (var page in Hall.ReadAsync(new MessageQuery { Limit = 30 }))
        {
            Assert.Equal(["n"], page.Columns.Select(column => column.Name));
            sizes.Add(page.Rows.Count);
            numbers.AddRange(page.Rows.Select(row => Assert.IsType<long>(row.Values[0])));
        }
        Assert.Equal([30, 30, 30, 10], sizes);
        Assert.Equal(Enumerable.Range(0, 100).Select(n => (long)n), numbers);

        var newest = await Hall.QueryAsync(new MessageQuery { Backwards = true, Limit = 2, Topic = "hall/1" });
        Assert.Equal([97L, 93L], newest.Rows.Select(row => row.Values[0]));
        Assert.Equal(25, await Hall.CountAsync(new MessageQuery { Topic = "hall/1" }));
    }

    [Fact]
    public async Task Mistakes_reach_the_caller_as_what_they_are()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => { await foreach (var _ in Hall.ReadAsync(new MessageQuery { From = 5, To = 4 })) { } });
        await Assert.ThrowsAsync<ArgumentException>(async () => { await foreach (var _ in Hall.ExportAsync([new MessageQuery { FirstKey = "x" }])) { } });
        await Assert.ThrowsAsync<ArgumentException>(() => Hall.SqlAsync(new SqlQuestion { Sql = "DROP VIEW messages" }));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => site.Grains.GetGrain<IExchangeGrain>("nowhere").SqlAsync(new SqlQuestion { Sql = "SELECT 1" }));
        await Assert.ThrowsAsync<KeyNotFoundException>(async () => { await foreach (var _ in Hall.ReadFileAsync("../site.db")) { } });
        await Assert.ThrowsAsync<ArgumentException>(() => Hall.TrySchemaAsync(new ExchangeSchema { Format = SchemaFormat.Can }));
        await Assert.ThrowsAsync<ArgumentException>(() => site.Grains.GetGrain<ITransfersGrain>(ISiteGrain.Key).StartSearchAsync("hall", "{}"));
        await Assert.ThrowsAsync<ArgumentException>(() => site.Grains.GetGrain<IReplayGrain>(ISiteGrain.Key).StartAsync(new ReplayRequest { Exchange = "hall", Prefix = "" }));
    }

    [Fact]
    public async Task Sql_a_dry_run_and_files_answer_through_the_grain()
    {
        await Hall.FlushAsync();
        var answer = await Hall.SqlAsync(new SqlQuestion { Sql = "SELECT topic, sum(n) AS total FROM messages GROUP BY topic ORDER BY topic", Rows = 3 });
        Assert.True(answer.IsCut);
        Assert.Equal(["hall/0", "1200"], answer.Rows[0]);
        Assert.Equal([SqlColumnKind.Text, SqlColumnKind.Number], answer.Columns.Select(column => column.Kind));

        var trial = await Hall.TrySchemaAsync(null);
        Assert.Equal((SchemaFormat.Json, 100, 100, 100), (trial.Schema!.Format, trial.Messages, trial.Fits, trial.Rebuilt));
        Assert.Equal(100, (await Hall.GetStatusAsync()).Schema!.Rebuilt);

        var file = Assert.Single(await Hall.ListFilesAsync(new MessageQuery()));
        var bytes = 0L;
        await foreach (var piece in Hall.ReadFileAsync(file.Name)) bytes += piece.Length;
        Assert.Equal((file.Bytes, 100L), (bytes, file.Rows));
        var cut = new MemoryStream();
        await foreach (var piece in Hall.ExportAsync([new MessageQuery { Topic = "hall/2" }])) cut.Write(piece);
        Assert.Equal("PAR1", Encoding.ASCII.GetString(cut.ToArray(), 0, 4));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, "exports")));
    }

    [Fact]
    public async Task A_search_makes_an_encrypted_file_ready_where_the_exchanges_own_are()
    {
        Environment.SetEnvironmentVariable("WEIR_KEY_VAULT", Convert.ToBase64String(new byte[32]));
        await site.Site.PutExchangeAsync("vault", new ExchangeSettings { Filters = ["vault/#"], RingMessages = 10, EncryptionKey = "vault" });
        for (var n = 0; n < 100; n++) await site.Broker.PublishAsync("vault/door", Encoding.UTF8.GetBytes($"{n}"));
        await site.Grains.GetGrain<IExchangeGrain>("vault").FlushAsync();

        var transfers = site.Grains.GetGrain<ITransfersGrain>(ISiteGrain.Key);
        await transfers.StartSearchAsync("vault", """{"id":"opened","ranges":[{"from":"2020-01-01T00:00:00Z","to":"2100-01-01T00:00:00Z"}]}""");
        // Nobody listens to the file, so it stays where it was made.
        string[] ready = [];
        for (var deadline = Environment.TickCount64 + 60_000; ready.Length == 0 || (await transfers.ListSearchesAsync())[0].FileBytesTotal == 0; await Task.Delay(20))
        {
            Assert.True(Environment.TickCount64 < deadline, "The search makes no file.");
            ready = Directory.GetFiles(folder, "1.parquet", SearchOption.AllDirectories);
        }
        Assert.Equal("PARE", Encoding.ASCII.GetString(await File.ReadAllBytesAsync(Assert.Single(ready)), 0, 4));
        await transfers.CancelSearchAsync("opened");
    }

    [Fact]
    public async Task A_replay_publishes_the_range_again_and_not_what_comes_after_its_start()
    {
        await site.Site.PutExchangeAsync("again", new ExchangeSettings { Filters = ["hall-again/#"] });
        var replays = site.Grains.GetGrain<IReplayGrain>(ISiteGrain.Key);
        var started = await replays.StartAsync(new ReplayRequest { Exchange = "hall", Prefix = "hall-again", Speed = null, Range = new MessageQuery { Topic = "hall/3" } });
        Assert.Equal(25, started.Total);
        for (var deadline = Environment.TickCount64 + 120_000; (await replays.ListAsync())[0].State == ReplayState.Running; await Task.Delay(20))
            Assert.True(Environment.TickCount64 < deadline, "The replay does not end.");
        var ended = (await replays.ListAsync())[0];
        Assert.Equal((ReplayState.Done, 25L, 0L, null), (ended.State, ended.Published, ended.Refused, ended.Error));
        var page = await site.Grains.GetGrain<IExchangeGrain>("again").QueryAsync(new MessageQuery());
        Assert.Equal(Enumerable.Range(0, 25).Select(n => $$"""hall-again/hall/3 {"n":{{n * 4 + 3}}}"""), page.Rows.Select(row => $"{row.Topic} {Encoding.UTF8.GetString(row.Payload)}"));
        Assert.False(await replays.CancelAsync(ended.Id));
    }
}
