using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

internal interface IFiltered : IGrainWithStringKey
{
    Task<int> Double(int value);

    Task<string> Fail();

    Task<string?> Read(string key);

    Task<int> DoubleOf(string other, int value);

    ValueTask<int> Once();

    Task Nothing();
}

internal sealed class FilteredGrain : Grain, IFiltered
{
    private int _attempts;

    public Task<int> Double(int value) => Task.FromResult(2 * value);

    public Task<string> Fail() => throw new FormatException("from the grain");

    public Task<string?> Read(string key) => Task.FromResult(RequestContext.Get(key) as string);

    public Task<int> DoubleOf(string other, int value) => GrainFactory.GetGrain<IFiltered>(other).Double(value);

    public ValueTask<int> Once() => ++_attempts == 1 ? throw new FormatException("the first time") : new(_attempts);

    public Task Nothing() => Task.CompletedTask;
}

internal interface ISelfFiltering : IGrainWithStringKey
{
    Task<string> Greet(string name);
}

internal sealed class SelfFilteringGrain(Recorder recorder) : Grain, ISelfFiltering, IIncomingGrainCallFilter
{
    public Task<string> Greet(string name)
    {
        recorder.Add("method");
        return Task.FromResult($"hello {name}");
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        recorder.Add("grain before");
        await context.Invoke();
        if (context.MethodName == nameof(Greet)) context.Result = $"{context.Result}!";
        recorder.Add("grain after");
    }
}

internal sealed class RecordingFilter(Recorder recorder) : IIncomingGrainCallFilter, IOutgoingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is not SelfFilteringGrain)
        {
            await context.Invoke();
            return;
        }

        recorder.Add("silo before");
        await context.Invoke();
        recorder.Add("silo after");
    }

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        recorder.Add($"out {context.MethodName} from {context.SourceContext?.GrainId.Key.ToString() ?? "outside"}");
        return context.Invoke();
    }
}

/// <summary>https://learn.microsoft.com/dotnet/orleans/grains/interceptors</summary>
public sealed class CallFilterTests
{
    [Fact]
    public async Task An_incoming_filter_sees_the_request_the_methods_and_the_result()
    {
        var recorder = new Recorder();
        await using var silo = await StartAsync(async context =>
        {
            Assert.Null(context.Result);
            await context.Invoke();
            recorder.Add($"{context.TargetId.Key} {ReferenceEquals(context.TargetContext.GrainInstance, context.Grain)}");
            recorder.Add($"{context.InterfaceName}.{context.MethodName}");
            recorder.Add($"{context.InterfaceMethod.DeclaringType!.Name}.{context.InterfaceMethod.Name}");
            recorder.Add($"{context.ImplementationMethod.DeclaringType!.Name}.{context.ImplementationMethod.Name}");
            recorder.Add($"{context.Request.GetArgumentCount()} {context.Request.GetArgument(0)} {context.Result}");
            recorder.Add($"{context.Request.GetInterfaceType().Name} {context.Request.GetActivityName()}");
        });

        Assert.Equal(8, await silo.Client.GetGrain<IFiltered>("x").Double(4));

        Assert.Equal(
            [
                "x True", $"{typeof(IFiltered).FullName}.Double", "IFiltered.Double", "FilteredGrain.Double", "1 4 8",
                "IFiltered IFiltered/Double",
            ],
            recorder.Events);
    }

    [Fact]
    public async Task A_filter_may_change_arguments_and_the_result()
    {
        await using var silo = await StartAsync(async context =>
        {
            if (context.MethodName == nameof(IFiltered.Double)) context.Request.SetArgument(0, 21);
            await context.Invoke();
            if (context.Result is int result) context.Result = result + 1;
        });

        Assert.Equal(43, await silo.Client.GetGrain<IFiltered>("x").Double(1));
        await silo.Client.GetGrain<IFiltered>("x").Nothing();
    }

    [Fact]
    public async Task A_filter_that_does_not_go_on_has_to_give_a_result()
    {
        await using var silo = await StartAsync(context =>
        {
            if (context.Request.GetArgument(0) is 1) context.Result = 100;
            return Task.CompletedTask;
        });
        var grain = silo.Client.GetGrain<IFiltered>("x");

        Assert.Equal(100, await grain.Double(1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Double(2));
    }

    [Fact]
    public async Task An_error_of_the_grain_passes_filters_and_can_become_a_result()
    {
        await using var silo = await StartAsync(async context =>
        {
            try
            {
                await context.Invoke();
            }
            catch (FormatException exception) when (context.MethodName == nameof(IFiltered.Fail))
            {
                context.Result = $"caught: {exception.Message}";
            }
        });
        var grain = silo.Client.GetGrain<IFiltered>("x");

        Assert.Equal("caught: from the grain", await grain.Fail());
        await Assert.ThrowsAsync<FormatException>(async () => await grain.Once());
    }

    [Fact]
    public async Task A_grain_can_be_its_own_filter_and_comes_after_those_of_the_silo()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.AddRecorder().AddIncomingGrainCallFilter<RecordingFilter>());

        Assert.Equal("hello you!", await silo.Client.GetGrain<ISelfFiltering>("x").Greet("you"));

        Assert.Equal(
            ["silo before", "grain before", "method", "grain after", "silo after"], silo.Recorder().Events);
    }

    [Fact]
    public async Task Filters_run_in_a_turn_of_the_grain()
    {
        TaskScheduler? ofFilter = null;
        TaskScheduler? ofLater = null;
        await using var silo = await StartAsync(async context =>
        {
            ofFilter = TaskScheduler.Current;
            await context.Invoke();
            await Task.Yield();
            ofLater = TaskScheduler.Current;
        });

        await silo.Client.GetGrain<IFiltered>("x").Double(1);

        Assert.NotEqual(TaskScheduler.Default, ofFilter);
        Assert.Equal(ofFilter, ofLater);
    }

    [Fact]
    public async Task Outgoing_filters_see_the_calls_of_the_host_and_of_grains()
    {
        await using var silo = await TestSilo.StartAsync(builder =>
            builder.AddRecorder().AddOutgoingGrainCallFilter<RecordingFilter>());

        Assert.Equal(6, await silo.Client.GetGrain<IFiltered>("a").DoubleOf("b", 3));

        Assert.Contains("out Double from a", silo.Recorder().Events);
        Assert.Contains(silo.Recorder().Events, one => one.StartsWith("out DoubleOf from ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_an_outgoing_filter_puts_into_the_request_context_reaches_the_grain()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddOutgoingGrainCallFilter(context =>
        {
            RequestContext.Set("user", "filter");
            return context.Invoke();
        }));

        Assert.Equal("filter", await silo.Client.GetGrain<IFiltered>("x").Read("user"));
        Assert.Null(RequestContext.Get("user"));
    }

    [Fact]
    public async Task An_outgoing_filter_sees_errors_and_may_send_the_call_again()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddOutgoingGrainCallFilter(async context =>
        {
            try
            {
                await context.Invoke();
            }
            catch (FormatException) when (context.MethodName == nameof(IFiltered.Once))
            {
                await context.Invoke();
            }
        }));
        var grain = silo.Client.GetGrain<IFiltered>("x");

        Assert.Equal(2, await grain.Once());
        await Assert.ThrowsAsync<FormatException>(grain.Fail);
        await grain.Nothing();
    }

    [Fact]
    public async Task An_outgoing_filter_may_replace_the_result()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddOutgoingGrainCallFilter(async context =>
        {
            await context.Invoke();
            if (context.MethodName == nameof(IFiltered.Double)) context.Result = -(int)context.Result!;
        }));

        Assert.Equal(-10, await silo.Client.GetGrain<IFiltered>("x").Double(5));
    }

    /// <summary>A silo with a filter that has to do with the grain of these tests only.</summary>
    private static Task<TestSilo> StartAsync(IncomingGrainCallFilterDelegate filter) => TestSilo.StartAsync(builder =>
        builder.AddIncomingGrainCallFilter(context =>
            context.InterfaceMethod.DeclaringType == typeof(IFiltered) ? filter(context) : context.Invoke()));
}
