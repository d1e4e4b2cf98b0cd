using Microsoft.Extensions.Hosting;

namespace Weir.Mqtt;

/// <summary>Brings the broker's sessions back before the first connection comes, and starts its clockwork when the host has
/// started; tells the clients when it stops.</summary>
internal sealed class MqttBrokerService(IMqttBroker broker) : IHostedLifecycleService
{
    private readonly MqttBroker broker = (MqttBroker)broker;

    public Task StartingAsync(CancellationToken cancellationToken) => broker.RestoreAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        broker.Start();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        broker.CloseAll();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
