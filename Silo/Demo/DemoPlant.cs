using System.Globalization;
using Weir.Mqtt;

namespace Weir.Silo.Demo;

/// <summary>
/// Twenty simulated machines of a plant, each with an MQTT connection of its own over which it publishes once a second,
/// as real ones would.
/// </summary>
internal sealed partial class DemoPlant(DemoOptions demo, IHostApplicationLifetime lifetime, ILogger<DemoPlant> logger) : BackgroundService
{
    /// <summary>The first level of the machines' topics.</summary>
    public const string Root = "plant";

    private const int Lines = 4;
    private static readonly TimeSpan NextTry = TimeSpan.FromSeconds(30);
    private static readonly string[] Kinds = ["press", "robot", "furnace", "conveyor", "pump"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await BrokerListensAsync(stoppingToken);
        var machines = from line in Enumerable.Range(1, Lines) from kind in Kinds select KeepRunningAsync(line, kind, stoppingToken);
        await Task.WhenAll(machines);
    }

    // Kestrel, and the broker with it, starts after all hosted services.
    private Task BrokerListensAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(started.SetResult);
        return started.Task.WaitAsync(stoppingToken);
    }

    // The demo is an addition: where its machines are not let in, the site goes on without them.
    private async Task KeepRunningAsync(int line, string kind, CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await RunAsync(line, kind, stoppingToken);
            }
            catch (MqttException e)
            {
                LogFault(logger, kind, line, e.Message);
                await Task.Delay(NextTry, stoppingToken);
            }
        }
    }

    private async Task RunAsync(int line, string kind, CancellationToken stoppingToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"line-{line}/{kind}");
        var chance = new Random(line * Kinds.Length + Array.IndexOf(Kinds, kind));
        var machine = new Machine($"{Root}/{name}/telemetry", chance);
        // Not all in the same instant.
        await Task.Delay(chance.Next(1_000), stoppingToken);

        await using var client = new MqttClient(new MqttClientOptions
        {
            Host = demo.Broker!.Host,
            Port = demo.Broker.Port,
            UserName = demo.Login?.UserName,
            Password = demo.Login?.Password,
            ClientId = "demo-" + name.Replace('/', '-'),
            Reconnect = new MqttReconnect(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)),
        });
        await client.ConnectAsync(stoppingToken);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do await client.PublishAsync(machine.Topic, machine.Step(), QualityOfService.AtLeastOnce, cancellationToken: stoppingToken);
        while (await second.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The demo's {Kind} of line {Line} has no connection to the broker and tries again: {Fault}")]
    private static partial void LogFault(ILogger logger, string kind, int line, string fault);
}
