using System.Security.Cryptography;
using Dapper;
using Weir.Database.Evidence;

namespace Weir.Database.Tests.Evidence;

public sealed class SqliteEvidenceStoreTests() : EvidenceStoreFacts(new SqliteTestDatabase());

public sealed class MySqlEvidenceStoreTests(MySqlServer server) : EvidenceStoreFacts(new MySqlTestDatabase(server));

public abstract class EvidenceStoreFacts : IDisposable
{
    private readonly TestDatabase test;
    private readonly SiteDatabase database;
    private readonly EvidenceStore store;

    protected EvidenceStoreFacts(TestDatabase test)
    {
        this.test = test;
        database = test.Open();
        store = new EvidenceStore(database, TimeProvider.System);
    }

    public void Dispose()
    {
        test.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(EvidenceStore.MaxBytes)]
    public async Task A_piece_comes_back_byte_for_byte_under_the_hash_of_its_bytes(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);

        var name = await store.PutAsync(content, "image/jpeg");

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), name);
        Assert.Equal(content, await store.ReadAsync(name));
        var known = await store.FindAsync(name);
        Assert.Equal((name, "image/jpeg", (long)size), (known!.Sha256, known.MediaType, known.ByteSize));
    }

    [Fact]
    public async Task What_is_stored_again_is_there_once()
    {
        // The worst that a text protocol can be given: every byte needs an escape.
        byte[] quotes = [.. Enumerable.Repeat((byte)'\'', 4 << 20)];
        var names = await store.PutAsync([quotes, "second"u8.ToArray(), quotes], "image/jpeg");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => new EvidenceStore(test.Open(), TimeProvider.System).PutAsync(quotes, "image/jpeg"))));

        Assert.Equal(names[0], names[2]);
        Assert.Equal(2, await database.ReadAsync(connection => connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM evidence_content")));
        Assert.Equal(2, await database.ReadAsync(connection => connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM evidence")));
        Assert.Equal(quotes, await store.ReadAsync(names[0]));
    }

    [Fact]
    public async Task Many_pieces_at_a_time_are_stored_whatever_their_size_together()
    {
        // With its escapes more than a packet of the server takes.
        List<ReadOnlyMemory<byte>> pieces = [.. Enumerable.Range(0, 12).Select(i => (ReadOnlyMemory<byte>)Enumerable.Repeat((byte)'\'', (2 << 20) + i).ToArray())];
        await store.PutAsync(pieces[3], "image/jpeg");

        var names = await store.PutAsync(pieces, "image/jpeg");

        Assert.Equal(12, names.Distinct().Count());
        for (var i = 0; i < pieces.Count; i++) Assert.Equal(pieces[i].Length, (await store.ReadAsync(names[i]))!.Length);
        Assert.Equal(12, await database.ReadAsync(connection => connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM evidence_content")));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_what_does_not_fit_is_refused()
    {
        Assert.Null(await store.FindAsync("none"));
        Assert.Null(await store.ReadAsync("' OR 1=1 --"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.PutAsync(default(ReadOnlyMemory<byte>), "image/jpeg"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.PutAsync(new byte[EvidenceStore.MaxBytes + 1], "image/jpeg"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.PutAsync(new byte[1], new string('x', 65)));
    }

    [Theory]
    [MemberData(nameof(Texts.Odd), MemberType = typeof(Texts))]
    public async Task Any_text_is_just_text(string text)
    {
        var name = await store.PutAsync(new byte[1], text);

        Assert.Equal(text, (await store.FindAsync(name))!.MediaType);
    }
}
