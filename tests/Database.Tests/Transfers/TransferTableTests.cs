using Weir.Database.Transfers;

namespace Weir.Database.Tests.Transfers;

public sealed class SqliteTransferTableTests() : TransferTableFacts(new SqliteTestDatabase());

public sealed class MySqlTransferTableTests(MySqlServer server) : TransferTableFacts(new MySqlTestDatabase(server));

public abstract class TransferTableFacts(TestDatabase database) : IDisposable
{
    private readonly TransferTable table = new(database.Open());

    public void Dispose()
    {
        database.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_transfer_is_there_once_as_it_was_noted_last()
    {
        var begun = Transfer("1", 10) with { Client = "press-7", ByteSize = 100, Holder = "edge" };
        await table.PutAsync([begun]);
        var done = begun with { ByteDone = 100, Messages = 7, State = TransferStates.Done, Ended = 20, Sha256 = new string('a', 64), Site = "plant" };
        await table.PutAsync([done, Transfer("2", 11)]);

        var rows = await table.QueryAsync(new TransferFilter());

        Assert.Equal(["2", "1"], rows.Select(row => row.Id));
        Assert.Equal(done, rows[1]);
        Assert.Equal("1", Assert.Single(await table.QueryAsync(new TransferFilter { State = TransferStates.Done })).Id);
        Assert.Equal("2", Assert.Single(await table.QueryAsync(new TransferFilter { From = 11, To = 12 })).Id);
    }

    [Fact]
    public async Task Pages_follow_each_other_also_among_those_of_one_time()
    {
        await table.PutAsync(Enumerable.Range(0, 25).Select(i => Transfer($"{i:00}", i / 5)));

        List<string> seen = [];
        TransferRow? last = null;
        do
        {
            var page = await table.QueryAsync(new TransferFilter { Limit = 7, After = last is null ? null : (last.Started, last.Id) });
            seen.AddRange(page.Select(row => row.Id));
            last = page.Count == 7 ? page[^1] : null;
        }
        while (last is not null);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{24 - i:00}"), seen);
    }

    [Fact]
    public async Task What_a_process_does_not_know_any_more_is_ended_and_nothing_else()
    {
        await table.PutAsync(
        [
            Transfer("gone", 1), Transfer("goes-on", 2), Transfer("new", 100), Transfer("other", 3) with { Holder = "else" },
            Transfer("done", 4) with { State = TransferStates.Done, Ended = 5 },
        ]);

        Assert.Equal(1, await table.EndOthersAsync("edge", ["goes-on"], before: 50, "stopped", at: 60));

        var rows = (await table.QueryAsync(new TransferFilter())).ToDictionary(row => row.Id);
        Assert.Equal((TransferStates.Failed, "stopped", 60L), (rows["gone"].State, rows["gone"].Fault, rows["gone"].Ended));
        Assert.All((string[])["goes-on", "new", "other"], id => Assert.Equal(TransferStates.Running, rows[id].State));
        Assert.Equal((TransferStates.Done, 5L), (rows["done"].State, rows["done"].Ended));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        var odd = Transfer("1", 1) with { Site = text, Item = text, Name = text, Client = text, Fault = text, Holder = text, Kind = text };
        await table.PutAsync([odd]);

        Assert.Equal(odd, Assert.Single(await table.QueryAsync(new TransferFilter())));
        Assert.Empty(await table.QueryAsync(new TransferFilter { State = text }));
    }

    [Fact]
    public async Task What_is_too_long_to_read_is_cut_between_two_characters()
    {
        await table.PutAsync([Transfer("1", 1) with { Client = new string('x', 254) + "🎥", Fault = new string('y', 3_000), Item = new string('z', 600) }]);

        var row = Assert.Single(await table.QueryAsync(new TransferFilter()));
        Assert.Equal((new string('x', 254), 2_000, 512), (row.Client, row.Fault!.Length, row.Item.Length));
    }

    private static TransferRow Transfer(string id, long started) => new()
    {
        Id = id, Kind = "receive", Item = "a.parquet", Name = id, State = TransferStates.Running, Started = started, Holder = "edge",
    };
}
