using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Storage;

namespace Orleans.Tests.State;

public sealed class StateTests
{
    [Fact]
    public async Task Written_state_outlives_the_activation_and_what_is_not_written_does_not()
    {
        await using var silo = await StartAsync();
        var account = silo.Client.GetGrain<IAccount>("anna");

        await account.Deposit(5, write: true);
        await account.Deposit(7, write: false);
        await account.End();

        Assert.Equal(5, await account.Balance());
    }

    [Fact]
    public async Task A_grain_may_have_several_states_in_several_stores()
    {
        await using var silo = await StartAsync();
        var account = silo.Client.GetGrain<IAccount>("anna");

        await account.Rename("Anna");
        await account.Deposit(1, write: true);
        await account.End();

        Assert.Equal("Anna", await account.Name());
        Assert.Equal(1, await account.Balance());
        await account.Clear();
        Assert.False(await account.Exists());
        Assert.Equal(0, await account.Balance());
    }

    [Fact]
    public async Task The_state_of_a_stateful_grain_is_read_before_it_is_activated()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<INote>(1);

        Assert.Equal("", await grain.TextAtActivation());
        await grain.Write("remember");

        Assert.Equal("remember", await grain.TextAtActivation());
    }

    [Fact]
    public async Task A_state_in_memory_needs_no_attributes_and_is_a_copy()
    {
        await using var silo = await StartAsync();
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>("notes");
        var id = GrainId.Create("note", "1");
        var written = new GrainState<Plain>(new Plain { Tags = { "a" } });

        await storage.WriteStateAsync("plain", id, written);
        written.State!.Tags.Add("b");
        var read = new GrainState<Plain>();
        await storage.ReadStateAsync("plain", id, read);

        Assert.True(read.RecordExists);
        Assert.Equal(["a"], read.State!.Tags);
    }

    [Fact]
    public async Task A_conflict_ends_the_activation_so_that_the_next_call_reads_anew()
    {
        await using var silo = await StartAsync();
        var grain = silo.Client.GetGrain<INote>(2);
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>("notes");
        await grain.Write("mine");

        var other = new GrainState<Note>();
        await storage.ReadStateAsync("state", grain.GetGrainId(), other);
        other.State = new Note { Text = "theirs" };
        await storage.WriteStateAsync("state", grain.GetGrainId(), other);
        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Write("mine again"));

        Assert.NotEqual(error.StoredEtag, error.CurrentEtag);
        await Eventually.IsTrueAsync(async () => await grain.TextAtActivation() == "theirs", "the state is read anew");
    }

    [Fact]
    public async Task Each_write_has_an_e_tag_of_its_own_and_a_cleared_state_has_none()
    {
        await using var silo = await StartAsync();
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>("notes");
        var id = GrainId.Create("note", "7");
        var state = new GrainState<Note>(new Note { Text = "a" });

        await storage.WriteStateAsync("state", id, state);
        var first = state.ETag;
        await storage.WriteStateAsync("state", id, state);
        var second = state.ETag;
        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.ClearStateAsync("state", id, new GrainState<Note>(new Note(), first!)));
        await storage.ClearStateAsync("state", id, state);
        var read = new GrainState<Note>();
        await storage.ReadStateAsync("state", id, read);

        Assert.NotNull(first);
        Assert.NotEqual(first, second);
        Assert.False(state.RecordExists);
        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Equal("", read.State!.Text);
    }

    [Fact]
    public async Task A_store_that_is_not_registered_is_named_in_the_error()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddMemoryGrainStorageAsDefault());

        var error = await Assert.ThrowsAnyAsync<Exception>(() => silo.Client.GetGrain<IAccount>("x").Balance());

        var cause = Assert.IsType<BadProviderConfigException>(error.GetBaseException());
        Assert.Contains("names", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_the_store_says_which_state_of_which_grain()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
        {
            builder.AddMemoryGrainStorageAsDefault();
            builder.Services.AddGrainStorage("names", (_, _) => new BrokenStorage());
        });

        var error = await Assert.ThrowsAsync<OrleansException>(() => silo.Client.GetGrain<IAccount>("x").Balance());

        Assert.Contains("name", error.Message, StringComparison.Ordinal);
        Assert.Contains("account/x", error.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(error.InnerException);
    }

    private static Task<TestSilo> StartAsync() => TestSilo.StartAsync(builder => builder
        .AddMemoryGrainStorageAsDefault()
        .AddMemoryGrainStorage("names")
        .AddMemoryGrainStorage("notes"));

    private sealed class BrokenStorage : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            throw new IOException("disk on fire");

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            throw new IOException("disk on fire");

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            throw new IOException("disk on fire");
    }
}

internal interface IAccount : IGrainWithStringKey
{
    Task Deposit(int amount, bool write);

    Task<int> Balance();

    Task Rename(string name);

    Task<string> Name();

    Task Clear();

    Task<bool> Exists();

    Task End();
}

[GenerateSerializer]
internal sealed class Balance
{
    [Id(0)]
    public int Amount { get; set; }
}

[GenerateSerializer]
internal sealed record NameTag
{
    [Id(0)]
    public string Name { get; init; } = "nobody";
}

internal sealed class AccountGrain(
    [PersistentState("balance")] IPersistentState<Balance> balance,
    [PersistentState("name", "names")] IPersistentState<NameTag> name)
    : Grain, IAccount
{
    public async Task Deposit(int amount, bool write)
    {
        balance.State.Amount += amount;
        if (write) await balance.WriteStateAsync();
    }

    public Task<int> Balance() => Task.FromResult(balance.State.Amount);

    public async Task Rename(string to)
    {
        name.State = name.State with { Name = to };
        await name.WriteStateAsync();
    }

    public Task<string> Name() => Task.FromResult(name.State.Name);

    public Task Clear() => balance.ClearStateAsync();

    public Task<bool> Exists() => Task.FromResult(balance.RecordExists);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

internal sealed class Plain
{
    public List<string> Tags { get; } = [];
}

internal interface INote : IGrainWithIntegerKey
{
    Task Write(string text);

    Task<string> TextAtActivation();
}

[GenerateSerializer]
internal sealed class Note
{
    [Id(0)]
    public string Text { get; set; } = "";
}

[StorageProvider(ProviderName = "notes")]
internal sealed class NoteGrain : Grain<Note>, INote
{
    private string _text = "not activated";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _text = State.Text;
        return Task.CompletedTask;
    }

    public async Task Write(string text)
    {
        State.Text = text;
        await WriteStateAsync();
        if (text == "remember") DeactivateOnIdle();
    }

    public Task<string> TextAtActivation() => Task.FromResult(_text);
}
