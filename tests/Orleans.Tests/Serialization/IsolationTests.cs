using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Orleans.Tests.Serialization;

public sealed class IsolationTests
{
    [Fact]
    public async Task What_the_caller_changes_after_a_call_the_grain_does_not_see()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");
        var basket = new Basket { Owner = "anna", Fruits = ["apple"], Counts = { ["apple"] = [1] } };

        await keeper.Keep(basket);
        basket.Owner = "bert";
        basket.Fruits.Add("pear");
        basket.Counts["apple"][0] = 99;

        var kept = await keeper.Kept();
        Assert.Equal("anna", kept.Owner);
        Assert.Equal(["apple"], kept.Fruits);
        Assert.Equal(1, kept.Counts["apple"][0]);
    }

    [Fact]
    public async Task What_the_caller_changes_in_a_result_the_grain_does_not_see()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");
        await keeper.Keep(new Basket { Fruits = ["apple"] });

        (await keeper.Kept()).Fruits.Clear();

        Assert.Single((await keeper.Kept()).Fruits);
    }

    [Fact]
    public async Task What_can_not_change_is_passed_by_reference()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");
        var label = new Label("a", 1, new Inner("b"));
        var marked = new Marked { Bytes = [1, 2, 3] };
        var list = ImmutableList.Create(1, 2);
        var plain = new List<int> { 1 };
        var parameter = new List<int> { 2 };

        Assert.Same(label, await keeper.Echo(label));
        Assert.Same(marked, await keeper.Echo(marked));
        Assert.Same(list, await keeper.Echo(list));
        Assert.NotSame(plain, await keeper.Echo(plain));
        Assert.Same(parameter, (await keeper.EchoImmutable(parameter)).Value);
    }

    [Fact]
    public async Task Values_of_many_types_come_back_equal()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");

        await SameAsync<object>(new byte[] { 1, 2 });
        await SameAsync(new List<string?> { "a", null });
        await SameAsync(new HashSet<int> { 3, 4 });
        await SameAsync(new Queue<int>([1, 2]));
        await SameAsync(new Stack<int>([1, 2]));
        await SameAsync(new SortedSet<int> { 2, 1 });
        await SameAsync((1, new List<int> { 2 }));
        await SameAsync(Tuple.Create("a", new[] { 1 }));
        await SameAsync<int?>(7);
        await SameAsync<int?>(null);
        await SameAsync(new int[2, 2] { { 1, 2 }, { 3, 4 } });
        await SameAsync<IReadOnlyList<int>>(new List<int> { 1, 2, 3 });
        await SameAsync(new KeyValuePair<string, List<int>>("a", [1]));
        var dictionary = await keeper.Echo(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["A"] = 1 });
        Assert.Equal(1, dictionary["a"]);
        var memory = await keeper.Echo<ReadOnlyMemory<byte>>(new byte[] { 1, 2 });
        Assert.Equal(new byte[] { 1, 2 }, memory.ToArray());

        async Task SameAsync<T>(T value) => Assert.Equivalent(value, await keeper.Echo(value));
    }

    [Fact]
    public async Task Values_keep_their_own_types_and_cycles()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");

        var special = Assert.IsType<SpecialBasket>(await keeper.Echo<Basket>(new SpecialBasket { Owner = "a", Ribbon = "red" }));
        Assert.Equal(("a", "red"), (special.Owner, special.Ribbon));

        var node = new Node { Name = "self" };
        node.Next = node;
        var copy = await keeper.Echo(node);
        Assert.NotSame(node, copy);
        Assert.Same(copy, copy.Next);
    }

    [Fact]
    public async Task A_record_is_copied_with_its_parameters_if_they_can_change()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");
        var record = new Reading("oven", [1.5, 2.5]);

        var copy = await keeper.Echo(record);

        Assert.NotSame(record.Values, copy.Values);
        Assert.Equal(record.Values, copy.Values);
        Assert.Equal("oven", copy.Sensor);
    }

    [Fact]
    public async Task A_member_without_an_id_does_not_travel()
    {
        await using var silo = await TestSilo.StartAsync();

        var copy = await silo.Client.GetGrain<IKeeper>("x").Echo(new Basket { Owner = "a", NotSent = "secret" });

        Assert.Equal("a", copy.Owner);
        Assert.Equal("initial", copy.NotSent);
    }

    [Fact]
    public async Task A_type_that_does_not_say_how_it_is_copied_is_refused_in_words()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");

        var argument = await Assert.ThrowsAnyAsync<Exception>(() => keeper.Echo<object>(new Unmarked { Text = "a" }));
        var result = await Assert.ThrowsAnyAsync<Exception>(keeper.Unmarked);

        Assert.Contains(nameof(Unmarked), argument.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Unmarked), result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grain_that_passes_itself_passes_a_reference()
    {
        await using var silo = await TestSilo.StartAsync();
        var keeper = silo.Client.GetGrain<IKeeper>("x");

        Assert.Equal(keeper, await keeper.Itself());
    }
}

internal interface IKeeper : IGrainWithStringKey
{
    Task Keep(Basket basket);

    Task<Basket> Kept();

    Task<T> Echo<T>(T value);

    Task<Immutable<List<int>>> EchoImmutable([Immutable] List<int> value);

    Task<object> Unmarked();

    Task<IKeeper> Itself();
}

internal sealed class KeeperGrain : Grain, IKeeper
{
    private Basket _basket = new();

    public Task Keep(Basket basket)
    {
        _basket = basket;
        return Task.CompletedTask;
    }

    public Task<Basket> Kept() => Task.FromResult(_basket);

    public Task<T> Echo<T>(T value) => Task.FromResult(value);

    public Task<Immutable<List<int>>> EchoImmutable(List<int> value) => Task.FromResult(value.AsImmutable());

    public Task<object> Unmarked() => Task.FromResult<object>(new Unmarked());

    public Task<IKeeper> Itself() => Task.FromResult<IKeeper>(this);
}

#pragma warning disable ORLEANS0004 // NotSent has no id on purpose.
[GenerateSerializer]
internal class Basket
{
    [Id(0)]
    public string Owner { get; set; } = "";

    [Id(1)]
    public List<string> Fruits { get; set; } = [];

    [Id(2)]
    public Dictionary<string, int[]> Counts { get; private set; } = [];

    public string NotSent { get; set; } = "initial";
}
#pragma warning restore ORLEANS0004

[GenerateSerializer]
internal sealed class SpecialBasket : Basket
{
    [Id(0)]
    public string Ribbon { get; set; } = "";
}

[GenerateSerializer]
internal sealed record Reading(string Sensor, double[] Values);

[Immutable, GenerateSerializer]
internal sealed record Label(string Text, int Number, Inner Inner);

[Immutable, GenerateSerializer]
internal sealed record Inner(string Text);

[Immutable, GenerateSerializer]
internal sealed class Marked
{
    [Id(0)]
    public byte[] Bytes { get; init; } = [];
}

[GenerateSerializer]
internal sealed class Node
{
    [Id(0)]
    public string Name { get; set; } = "";

    [Id(1)]
    public Node? Next { get; set; }
}

internal sealed class Unmarked
{
    public string Text { get; set; } = "";
}
