using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Weir.Database.GrainState;

namespace Weir.Database.Tests.GrainState;

public sealed class SqliteGrainStorageTests() : SqlGrainStorageFacts(new SqliteTestDatabase());

public sealed class MySqlGrainStorageTests(MySqlServer server) : SqlGrainStorageFacts(new MySqlTestDatabase(server));

public abstract class SqlGrainStorageFacts(TestDatabase database) : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("counter", "one");

    public void Dispose()
    {
        database.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task State_survives_the_process_that_wrote_it()
    {
        var written = new GrainState<Counter> { State = new Counter { Value = 7 } };
        await Open().WriteStateAsync("count", Grain, written);

        var read = new GrainState<Counter>();
        await Open().ReadStateAsync("count", Grain, read);

        Assert.True(read.RecordExists);
        Assert.Equal(7, read.State!.Value);
        Assert.Equal(written.ETag, read.ETag);
    }

    [Fact]
    public async Task State_that_was_never_written_is_new_and_says_so()
    {
        var read = new GrainState<Counter>();

        await Open().ReadStateAsync("count", Grain, read);

        Assert.False(read.RecordExists);
        Assert.Equal(0, read.State!.Value);
    }

    [Fact]
    public async Task A_writer_that_somebody_overtook_is_refused()
    {
        var storage = Open();
        var first = new GrainState<Counter> { State = new Counter { Value = 1 } };
        await storage.WriteStateAsync("count", Grain, first);
        var second = new GrainState<Counter>();
        await storage.ReadStateAsync("count", Grain, second);
        second.State!.Value = 2;
        await storage.WriteStateAsync("count", Grain, second);

        first.State!.Value = 3;
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("count", Grain, first));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("count", Grain, first));

        var read = new GrainState<Counter>();
        await storage.ReadStateAsync("count", Grain, read);
        Assert.Equal(2, read.State!.Value);
    }

    [Fact]
    public async Task A_cleared_state_never_takes_an_old_e_tag_again()
    {
        var storage = Open();
        var state = new GrainState<Counter> { State = new Counter { Value = 1 } };
        await storage.WriteStateAsync("count", Grain, state);
        var old = state.ETag;

        await storage.ClearStateAsync("count", Grain, state);
        Assert.False(state.RecordExists);
        await storage.WriteStateAsync("count", Grain, state);

        Assert.NotEqual(old, state.ETag);
    }

    [Fact]
    public async Task Names_and_grains_are_kept_apart()
    {
        var storage = Open();
        await storage.WriteStateAsync("count", Grain, new GrainState<Counter> { State = new Counter { Value = 1 } });

        var otherName = new GrainState<Counter>();
        await storage.ReadStateAsync("other", Grain, otherName);
        var otherGrain = new GrainState<Counter>();
        await storage.ReadStateAsync("count", GrainId.Create("counter", "two"), otherGrain);

        Assert.False(otherName.RecordExists);
        Assert.False(otherGrain.RecordExists);
    }

    [Fact]
    public async Task Of_many_that_write_at_once_from_one_e_tag_one_wins()
    {
        var storages = Enumerable.Range(0, 8).Select(_ => Open()).ToList();

        // The first round begins with no state at all. Some rounds, since one may pass without two meeting.
        for (var round = 0; round < 20; round++)
        {
            var known = new GrainState<Counter>();
            await storages[0].ReadStateAsync("count", Grain, known);

            var won = await Task.WhenAll(storages.Select((storage, i) => Task.Run(() => TryWriteAsync(storage, i, known.ETag))));

            Assert.Equal(1, won.Count(isWinner => isWinner));
        }
    }

    [Fact]
    public async Task A_large_state_comes_back_as_it_was()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789 Zürich 🎥 \\'\" ", 20_000));
        await Open().WriteStateAsync("text", Grain, new GrainState<Note> { State = new Note { Text = text } });

        var read = new GrainState<Note>();
        await Open().ReadStateAsync("text", Grain, read);

        Assert.Equal(text, read.State!.Text);
    }

    private static async Task<bool> TryWriteAsync(SqlGrainStorage storage, int value, string? etag)
    {
        try
        {
            await storage.WriteStateAsync("count", Grain, new GrainState<Counter> { State = new Counter { Value = value }, ETag = etag! });
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private SqlGrainStorage Open() => new(database.Open(), TimeProvider.System);

    internal sealed class Counter
    {
        public int Value { get; set; }
    }

    internal sealed class Note
    {
        public string Text { get; set; } = "";
    }
}
