using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public sealed class CallTests
{
    [Fact]
    public async Task A_grain_is_activated_by_its_first_call_and_keeps_its_fields()
    {
        await using var silo = await TestSilo.StartAsync();
        var counter = silo.Client.GetGrain<ICounter>("a");

        Assert.Equal(5, await counter.Add(5));
        Assert.Equal(7, await counter.Add(2));
        Assert.Equal(1, await silo.Client.GetGrain<ICounter>("b").Add(1));
    }

    [Fact]
    public async Task Every_kind_of_return_type_brings_its_result()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IShapes>(42);

        await grain.OfTask();
        Assert.Equal("task", await grain.OfTaskT());
        await grain.OfValueTask();
        Assert.Equal(42L, await grain.OfValueTaskT(fast: true));
        Assert.Equal(42L, await grain.OfValueTaskT(fast: false));
        Assert.Equal(["OfTask", "OfTaskT", "OfValueTask", "OfValueTaskT", "OfValueTaskT"], await grain.Log());
    }

    [Fact]
    public async Task Generic_methods_generic_interfaces_and_inherited_interfaces_work()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IBox<string>>("box");

        await grain.Put("x");
        Assert.Equal("x", await grain.Get());
        Assert.Equal(["x", "x"], await grain.Map(3, ["x", "x"]));
        Assert.Equal("base", await grain.Name());
        Assert.Equal(0, await silo.Client.GetGrain<IBox<int>>("box").Get());
    }

    [Fact]
    public async Task The_error_of_a_method_reaches_the_caller_with_type_and_stack()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IFailing>(Guid.NewGuid());

        var sync = await Assert.ThrowsAsync<FormatException>(grain.FailAtOnce);
        var later = await Assert.ThrowsAsync<FormatException>(grain.FailLater);
        var value = await Assert.ThrowsAsync<FormatException>(async () => await grain.FailByValueTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(grain.Cancel);

        Assert.Contains(nameof(FailingGrain.FailAtOnce), sync.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(FailingGrain.FailLater), later.StackTrace, StringComparison.Ordinal);
        Assert.Equal("by value", value.Message);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_fails_and_says_who_called_whom()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromMilliseconds(300)));
        var slow = silo.Client.GetGrain<ISlow>("turtle");

        var direct = await Assert.ThrowsAsync<TimeoutException>(() => slow.Wait(TimeSpan.FromSeconds(2)));
        var queued = await Assert.ThrowsAsync<TimeoutException>(() => slow.Wait(TimeSpan.Zero));
        var fromGrain = await Assert.ThrowsAsync<TimeoutException>(
            () => silo.Client.GetGrain<ISlow>("hare").Ask("turtle"));

        Assert.Contains("ISlow", direct.Message, StringComparison.Ordinal);
        Assert.Contains("slow/turtle", direct.Message, StringComparison.Ordinal);
        Assert.Contains("slow/turtle", queued.Message, StringComparison.Ordinal);
        Assert.Contains("ISlow", fromGrain.Message, StringComparison.Ordinal);
        Assert.Contains("slow/hare", fromGrain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_may_have_a_time_out_of_its_own()
    {
        await using var silo = await TestSilo.StartAsync();
        var slow = silo.Client.GetGrain<ISlow>("x");

        await Assert.ThrowsAsync<TimeoutException>(() => slow.WaitBriefly(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_caller_need_not_wait_for_a_call_that_it_gives_up()
    {
        await using var silo = await TestSilo.StartAsync();
        var slow = silo.Client.GetGrain<ISlow>("x");
        using var cancellation = new CancellationTokenSource();

        var first = slow.WaitOrCancel(TimeSpan.FromMilliseconds(300), CancellationToken.None);
        var second = slow.WaitOrCancel(TimeSpan.FromMinutes(5), cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await first;
    }

    [Fact]
    public async Task A_cancellation_reaches_the_method_that_runs()
    {
        await using var silo = await TestSilo.StartAsync();
        var slow = silo.Client.GetGrain<ISlow>("x");
        using var cancellation = new CancellationTokenSource();

        var call = slow.WaitOrCancel(TimeSpan.FromMinutes(5), cancellation.Token);
        await Eventually.IsTrueAsync(async () => await slow.BegunNow() == 1, "the call has begun");
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.IsTrueAsync(async () => await slow.CancelledNow() == 1, "the method saw the cancellation");
    }

    [Fact]
    public async Task A_one_way_call_neither_waits_nor_fails()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IShapes>(1);

        await grain.Forget(fail: true);
        await grain.Forget(fail: false);

        await Eventually.IsTrueAsync(async () => (await grain.Log()).Length == 2, "both calls came");
    }

    [Fact]
    public async Task The_request_context_goes_along_and_does_not_come_back()
    {
        await using var silo = await TestSilo.StartAsync();
        RequestContext.Set("user", "anna");
        var grain = silo.Client.GetGrain<IContextual>("a");

        Assert.Equal("anna", await grain.UserOfNext("b"));
        Assert.Equal("anna", RequestContext.Get("user"));
        RequestContext.Clear();
        Assert.Null(await grain.UserOfNext("b"));
    }

    [Fact]
    public async Task Nothing_of_one_request_flows_into_the_next()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IContextual>("a");

        // Sent before the grain is active, they run one right after the other.
        var set = grain.SetWithoutAwait("leak", "value");
        var read = grain.Read("leak");

        await set;
        Assert.Null(await read);
    }

    [Fact]
    public async Task References_are_equal_by_grain_and_interface_and_can_be_cast()
    {
        await using var silo = await TestSilo.StartAsync();
        var counter = silo.Client.GetGrain<ICounter>("a");

        Assert.Equal(counter, silo.Client.GetGrain<ICounter>("a"));
        Assert.NotEqual(counter, silo.Client.GetGrain<ICounter>("b"));
        Assert.Equal("counter/a", counter.GetGrainId().ToString());
        await counter.Add(3);
        Assert.Equal(3, await counter.AsReference<IReadableCounter>().Read());
        Assert.Equal(3, await silo.Client.GetGrain<IReadableCounter>(counter.GetGrainId()).Read());
    }

    [Fact]
    public async Task Keys_of_every_kind_come_back_as_they_were_given()
    {
        await using var silo = await TestSilo.StartAsync();
        var guid = Guid.NewGuid();

        Assert.Equal(guid.ToString(), await silo.Client.GetGrain<IGuidKeyed>(guid).Key());
        Assert.Equal($"{guid}+x", await silo.Client.GetGrain<IGuidCompound>(guid, "x").Key());
        Assert.Equal("-3", await silo.Client.GetGrain<IIntegerKeyed>(-3).Key());
        Assert.Equal("9+y/z", await silo.Client.GetGrain<IIntegerCompound>(9, "y/z").Key());
    }

    [Fact]
    public async Task An_interface_that_no_grain_implements_is_refused_in_words()
    {
        await using var silo = await TestSilo.StartAsync();

        var error = Assert.Throws<ArgumentException>(() => silo.Client.GetGrain<INobody>("x"));

        Assert.Contains(nameof(INobody), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grain_need_not_derive_from_Grain()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.Equal("plain/x", await silo.Client.GetGrain<IPlain>("x").Id());
    }

    [Fact]
    public async Task Of_several_classes_the_named_one_or_the_one_named_like_the_interface_is_taken()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.Equal("Greeter", await silo.Client.GetGrain<IGreeter>("x").Greet());
        Assert.Equal(
            "LoudGreeter",
            await silo.Client.GetGrain<IGreeter>("x", "Orleans.Tests.Calls.LoudGreeter").Greet());
    }

    [Fact]
    public async Task More_waiting_requests_than_the_limit_are_refused()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(options => options.MaxEnqueuedRequestsHardLimit = 2));
        var slow = silo.Client.GetGrain<ISlow>("x");

        var calls = Enumerable.Range(0, 4).Select(_ => slow.Wait(TimeSpan.FromMilliseconds(200))).ToArray();

        await Assert.ThrowsAsync<LimitExceededException>(() => Task.WhenAll(calls));
        // Orleans refuses a request that finds more than the limit, running ones counted in: the fourth.
        Assert.Equal(1, calls.Count(call => call.IsFaulted));
    }
}
