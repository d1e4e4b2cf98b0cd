using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Tests.Calls;
using Orleans.Hosting;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;

namespace Orleans.Tests.Hosting;

public sealed class HostingTests
{
    [Fact]
    public async Task Startup_tasks_run_at_their_stage_and_can_call_grains()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder
            .AddRecorder()
            .AddStartupTask(async (services, _) => services.GetRequiredService<Recorder>().Add(
                $"active {await services.GetRequiredService<IGrainFactory>().GetGrain<ICounter>("x").Add(1)}"))
            .AddStartupTask(
                (services, _) =>
                {
                    services.GetRequiredService<Recorder>().Add("storage");
                    return Task.CompletedTask;
                },
                ServiceLifecycleStage.RuntimeStorageServices)
            .AddStartupTask<Task2>());

        Assert.Equal("storage", silo.Recorder().Events[0]);
        Assert.Equal(["active 1", "class"], silo.Recorder().Events.Skip(1).Order());
    }

    [Fact]
    public async Task A_failing_startup_task_fails_the_start_of_the_host()
    {
        await using var silo = TestSilo.Build(builder =>
            builder.AddStartupTask((_, _) => throw new FormatException("no")));

        await Assert.ThrowsAsync<FormatException>(silo.StartHostAsync);
    }

    [Fact]
    public async Task Participants_of_the_lifecycle_start_in_order_and_stop_the_other_way_round()
    {
        var participant = new Participant();
        await using (var silo = await TestSilo.StartAsync(builder =>
            builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(participant)))
        {
            Assert.Equal(["start 10", "start 20"], participant.Events);
            Assert.True(silo.Services.GetRequiredService<ISiloLifecycle>().HighestCompletedStage >= ServiceLifecycleStage.BecomeActive);
        }

        Assert.Equal(["start 10", "start 20", "stop 20", "stop 10"], participant.Events);
    }

    [Fact]
    public async Task The_host_builder_takes_a_silo_too_and_localhost_clustering_sets_the_names()
    {
        using var host = new HostBuilder()
            .UseOrleans((_, silo) => silo.UseLocalhostClustering(FreePort(), FreePort(), serviceId: "weir", clusterId: "site-1"))
            .Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal("weir", host.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId);
        Assert.Equal("site-1", host.Services.GetRequiredService<ILocalSiloDetails>().ClusterId);
        Assert.Equal(1, await host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounter>("x").Add(1));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_wrong_option_is_said_in_words_at_the_start()
    {
        await using var silo = TestSilo.Build(builder =>
            builder.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromSeconds(1)));

        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(silo.StartHostAsync);

        Assert.Contains("CollectionAge", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_management_grain_counts_activations()
    {
        await using var silo = await TestSilo.StartAsync();
        var management = silo.Client.GetGrain<IManagementGrain>(0);

        // How many grains the runtime itself has is its own business; a first call makes the management grain one.
        await management.GetTotalActivationCount();
        var before = await management.GetTotalActivationCount();
        for (var i = 0; i < 3; i++) await silo.Client.GetGrain<ICounter>($"{i}").Add(1);

        var simple = await management.GetSimpleGrainStatistics();
        var name = $"{typeof(CounterGrain).FullName},{typeof(CounterGrain).Assembly.GetName().Name}";
        var detailed = await management.GetDetailedGrainStatistics([name]);

        Assert.Equal(3, simple.Single(one => one.GrainType == name).ActivationCount);
        Assert.Equal(["counter/0", "counter/1", "counter/2"], detailed.Select(one => one.GrainId.ToString()).Order());
        Assert.Equal(before + 3, await management.GetTotalActivationCount());
        Assert.Equal(3, (await management.GetActiveGrains(GrainType.Create("counter"))).Count);
        Assert.Equal(SiloStatus.Active, (await management.GetHosts()).Values.Single());
    }

    [Fact]
    public async Task The_management_grain_gives_commands_to_providers()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder
            .AddMemoryGrainStorage("PubSubStore")
            .AddMemoryStreams("memory", streams => streams.ConfigurePartitioning(3)));
        var management = silo.Client.GetGrain<IManagementGrain>(0);

        Assert.Equal([3], await CommandAsync(PersistentStreamProviderCommand.GetNumberRunningAgents));
        await CommandAsync(PersistentStreamProviderCommand.StopAgents);
        Assert.Equal(
            [StreamLifecycleOptions.RunState.AgentsStopped], await CommandAsync(PersistentStreamProviderCommand.GetAgentsState));
        await Assert.ThrowsAsync<ArgumentException>(
            () => management.SendControlCommandToProvider<PersistentStreamProvider>("nothing", 1, null));

        async Task<object?[]> CommandAsync(PersistentStreamProviderCommand command) =>
            await management.SendControlCommandToProvider<PersistentStreamProvider>("memory", (int)command, null);
    }

    [Fact]
    public async Task An_extension_answers_for_any_grain()
    {
        await using var silo = await TestSilo.StartAsync(builder => builder.AddGrainExtension<ILabelled, Labelled>());
        var counter = silo.Client.GetGrain<ICounter>("x");

        Assert.Equal("", await counter.AsReference<ILabelled>().Label());
        await counter.AsReference<ILabelled>().SetLabel("first");

        Assert.Equal("first", await counter.AsReference<ILabelled>().Label());
        Assert.Equal("", await silo.Client.GetGrain<ICounter>("y").AsReference<ILabelled>().Label());
        Assert.Equal(1, await counter.Add(1));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Task2(Recorder recorder) : IStartupTask
    {
        public Task Execute(CancellationToken cancellationToken)
        {
            recorder.Add("class");
            return Task.CompletedTask;
        }
    }

    private sealed class Participant : ILifecycleParticipant<ISiloLifecycle>
    {
        public List<string> Events { get; } = [];

        public void Participate(ISiloLifecycle lifecycle)
        {
            foreach (var stage in (int[])[20, 10])
            {
                lifecycle.Subscribe<Participant>(stage, _ => Note($"start {stage}"), _ => Note($"stop {stage}"));
            }
        }

        private Task Note(string what)
        {
            Events.Add(what);
            return Task.CompletedTask;
        }
    }
}

internal interface ILabelled : IGrainExtension
{
    Task<string> Label();

    Task SetLabel(string label);
}

internal sealed class Labelled : ILabelled
{
    private string _label = "";

    public Task<string> Label() => Task.FromResult(_label);

    public Task SetLabel(string label)
    {
        _label = label;
        return Task.CompletedTask;
    }
}
