using System.Text;

namespace Weir.Pravega.Tests;

public sealed class TableTests(SharedServer shared) : OnServer(shared)
{
    [Fact]
    public async Task An_update_holds_only_where_the_version_is_the_expected()
    {
        var table = await TableAsync();
        var first = await table.PutAsync(Bytes("a"), Bytes("1"), TableVersion.NotThere, Stop);
        var told = await Assert.ThrowsAsync<PravegaConflictException>(() => table.PutAsync(Bytes("a"), Bytes("2"), TableVersion.NotThere, Stop));
        Assert.Equal((Scope, table.Name), (told.Scope, told.Segment));
        var second = await table.PutAsync(Bytes("a"), Bytes("2"), first, Stop);
        await Assert.ThrowsAsync<PravegaConflictException>(() => table.PutAsync(Bytes("a"), Bytes("3"), first, Stop));
        await Assert.ThrowsAsync<PravegaConflictException>(() => table.RemoveAsync(Bytes("a"), first, Stop));
        Assert.Equal(second, (await table.GetAsync(Bytes("a"), Stop))!.Value.Version);
        await table.RemoveAsync(Bytes("a"), second, Stop);
        Assert.Null(await table.GetAsync(Bytes("a"), Stop));
    }

    [Fact]
    public async Task Of_an_update_of_several_all_hold_or_none()
    {
        var table = await TableAsync();
        await table.PutAsync(Bytes("b"), Bytes("there"), TableVersion.Any, Stop);
        await Assert.ThrowsAsync<PravegaConflictException>(() => table.PutAsync(
            [new TableEntry(Bytes("a"), Bytes("1"), TableVersion.NotThere), new TableEntry(Bytes("b"), Bytes("1"), TableVersion.NotThere)], Stop));
        var read = await table.GetAsync([Bytes("a"), Bytes("b")], Stop);
        Assert.Null(read[0]);
        Assert.Equal("there", Encoding.UTF8.GetString(read[1]!.Value.Value.Span));
    }

    [Fact]
    public async Task An_empty_value_is_a_value()
    {
        var table = await TableAsync();
        await table.PutAsync(Bytes("a"), default, TableVersion.Any, Stop);
        Assert.Equal(0, (await table.GetAsync(Bytes("a"), Stop))!.Value.Value.Length);
    }

    [Fact]
    public async Task All_entries_are_listed_over_several_pages()
    {
        var table = await TableAsync();
        for (var i = 0; i < 500; i += 100)
            await table.PutAsync([.. Enumerable.Range(i, 100).Select(n => new TableEntry(Bytes($"{n}"), Bytes($"v{n}"), TableVersion.NotThere))], Stop);
        var seen = new Dictionary<string, string>();
        await foreach (var entry in table.ListAsync(Stop)) seen.Add(Encoding.UTF8.GetString(entry.Key.Span), Encoding.UTF8.GetString(entry.Value.Span));
        Assert.Equal(500, seen.Count);
        Assert.All(seen, pair => Assert.Equal("v" + pair.Key, pair.Value));
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_told()
    {
        var told = await Assert.ThrowsAsync<PravegaNotFoundException>(() => Client.OpenTable(Scope, "none").GetAsync(Bytes("a"), Stop));
        Assert.Equal((Scope, "none_kvtable"), (told.Scope, told.Stream));
        var table = await TableAsync();
        Assert.Contains("1,040,384", (await Assert.ThrowsAsync<ArgumentException>(() => table.PutAsync(Bytes("a"), new byte[1 << 20], TableVersion.Any, Stop))).Message, StringComparison.Ordinal);
    }

    private async Task<TableSegment> TableAsync()
    {
        var table = Client.OpenTable(Scope, "table");
        Assert.True(await table.CreateAsync(Stop));
        return table;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
