using System.Collections.Concurrent;
using System.Diagnostics;
using Orleans.Diagnostics;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Diagnostics;

internal interface ITraced : IGrainWithStringKey
{
    Task<string?> Trace();

    Task Pass(string next);

    Task Fail();
}

internal sealed class TracedGrain : Grain, ITraced
{
    public Task<string?> Trace() => Task.FromResult(Activity.Current?.TraceId.ToString());

    public Task Pass(string next) => GrainFactory.GetGrain<ITraced>(next).Trace();

    public Task Fail() => throw new FormatException("traced");
}

/// <summary>https://learn.microsoft.com/dotnet/orleans/host/monitoring/#distributed-tracing</summary>
public sealed class TracingTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _activities = new();
    private readonly ActivityListener _listener;

    public TracingTests()
    {
        _listener = new ActivityListener
        {
            // Interfaces whose namespace begins with Orleans, as it does here, are traced as the runtime's own.
            ShouldListenTo = source => source.Name == ActivitySources.RuntimeActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _activities.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_call_is_two_activities_of_the_trace_of_its_caller()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddActivityPropagation());
        using var root = new Activity("test").Start();

        Assert.Equal(root.TraceId.ToString(), await silo.Client.GetGrain<ITraced>("x").Trace());

        var client = Single(root, "ITraced/Trace", ActivityKind.Client);
        var server = Single(root, "ITraced/Trace", ActivityKind.Server);
        Assert.Equal(root.SpanId, client.ParentSpanId);
        Assert.Equal(client.SpanId, server.ParentSpanId);
        Assert.Equal("orleans", server.GetTagItem("rpc.system.name"));
        Assert.Equal("traced/x", server.GetTagItem("orleans.rpc.target_id"));
        Assert.Equal(typeof(ITraced).FullName, server.GetTagItem("orleans.rpc.service"));
    }

    [Fact]
    public async Task The_trace_goes_on_from_grain_to_grain()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddActivityPropagation());
        using var root = new Activity("test").Start();

        await silo.Client.GetGrain<ITraced>("a").Pass("b");

        var outer = Single(root, "ITraced/Pass", ActivityKind.Server);
        var inner = Single(root, "ITraced/Trace", ActivityKind.Client);
        Assert.Equal(outer.SpanId, inner.ParentSpanId);
        Assert.Equal("traced/a", inner.GetTagItem("orleans.rpc.source_id"));
    }

    [Fact]
    public async Task An_error_is_noted_on_both_sides()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddActivityPropagation());
        using var root = new Activity("test").Start();

        await Assert.ThrowsAsync<FormatException>(() => silo.Client.GetGrain<ITraced>("x").Fail());

        foreach (var kind in (ActivityKind[])[ActivityKind.Client, ActivityKind.Server])
        {
            var activity = Single(root, "ITraced/Fail", kind);
            Assert.Equal(ActivityStatusCode.Error, activity.Status);
            Assert.Equal("traced", activity.GetTagItem("exception.message"));
        }
    }

    private Activity Single(Activity root, string name, ActivityKind kind) => Assert.Single(
        _activities, one => one.TraceId == root.TraceId && one.OperationName == name && one.Kind == kind);
}
