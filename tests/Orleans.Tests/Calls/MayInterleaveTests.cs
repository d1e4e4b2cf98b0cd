using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Tests.Calls;

internal interface IChoosy : IGrainWithStringKey
{
    Task<string> Wait();

    Task Go(string urgency);

    [AlwaysInterleave]
    Task<bool> IsWaiting();
}

[MayInterleave(nameof(IsUrgent))]
internal sealed class ChoosyGrain : Grain, IChoosy
{
    private readonly TaskCompletionSource<string> _go = new();
    private bool _isWaiting;

    public static bool IsUrgent(IInvokable request) =>
        request.GetMethodName() == nameof(Go) && request.GetArgument(0) is "urgent";

    public Task<string> Wait()
    {
        _isWaiting = true;
        return _go.Task;
    }

    public Task Go(string urgency)
    {
        _go.TrySetResult(urgency);
        return Task.CompletedTask;
    }

    public Task<bool> IsWaiting() => Task.FromResult(_isWaiting);
}

/// <summary>A predicate that knows the grain: it lets others in beside a request that waits.</summary>
[MayInterleave(nameof(LetsOthersIn))]
internal sealed class PatientGrain : Grain, IChoosy
{
    private readonly TaskCompletionSource<string> _go = new();
    private bool _isWaiting;

    public bool LetsOthersIn(IInvokable request) => _isWaiting && request.GetMethodName() == nameof(Wait);

    public Task<string> Wait()
    {
        _isWaiting = true;
        return _go.Task;
    }

    public Task Go(string urgency)
    {
        _go.TrySetResult(urgency);
        return Task.CompletedTask;
    }

    public Task<bool> IsWaiting() => Task.FromResult(_isWaiting);
}

/// <summary>https://learn.microsoft.com/dotnet/orleans/grains/request-scheduling#reentrancy-using-a-predicate</summary>
public sealed class MayInterleaveTests
{
    [Fact]
    public async Task A_request_for_which_the_predicate_says_so_runs_beside_others()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IChoosy>("x", typeof(ChoosyGrain).FullName);
        var waiting = grain.Wait();
        await Eventually.IsTrueAsync(grain.IsWaiting, "the request waits");

        await grain.Go("urgent");

        Assert.Equal("urgent", await waiting);
    }

    [Fact]
    public async Task A_request_for_which_it_does_not_waits()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(3)));
        var grain = silo.Client.GetGrain<IChoosy>("x", typeof(ChoosyGrain).FullName);
        var waiting = grain.Wait();
        await Eventually.IsTrueAsync(grain.IsWaiting, "the request waits");

        var going = grain.Go("some time");
        await Task.WhenAny(going, Task.Delay(300, TestContext.Current.CancellationToken));

        Assert.False(going.IsCompleted);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        await Assert.ThrowsAsync<TimeoutException>(() => going);
        // Or the silo's stop would wait for the request.
        await grain.Go("urgent");
    }

    [Fact]
    public async Task The_word_of_the_request_that_runs_counts_as_well()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Client.GetGrain<IChoosy>("x", typeof(PatientGrain).FullName);
        var waiting = grain.Wait();
        await Eventually.IsTrueAsync(grain.IsWaiting, "the request waits");

        await grain.Go("any");

        Assert.Equal("any", await waiting);
    }
}
