using Weir.Grains.Interfaces.Exchanges;
using Weir.Grains.Transfers;
using Weir.Mqtt;

namespace Weir.Grains.Exchanges.Replays;

/// <summary>One replay: reads the range page by page and publishes each message when its time has come. Runs by itself.</summary>
internal sealed class ReplayRun : IAsyncDisposable
{
    private const int PageRows = 1_000;

    private readonly ReplayRequest request;
    private readonly IExchangeGrain exchange;
    private readonly IMqttBroker broker;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;
    private volatile ReplayStatus status;

    public ReplayRun(ReplayRequest request, long total, IExchangeGrain exchange, IMqttBroker broker, TimeProvider time)
    {
        (this.request, this.exchange, this.broker, this.time) = (request, exchange, broker, time);
        status = new ReplayStatus { Id = Guid.NewGuid().ToString("N")[..12], Request = request, Total = total, Began = time.GetUtcNow() };
        running = Task.Run(RunAsync);
    }

    public ReplayStatus Status => status;

    /// <summary>Ends it and waits for that.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            if (status.Total > 0) await PublishAsync(stopping.Token);
            End(ReplayState.Done, null);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            End(ReplayState.Cancelled, null);
        }
        catch (Exception error) // whatever it was, it must be seen
        {
            End(ReplayState.Failed, error.Message);
        }
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var rate = new ByteBudget(request.PerSecond, time);
        var began = time.GetTimestamp();
        long? first = null;
        await foreach (var page in exchange.ReadAsync(request.Range with { Limit = PageRows }, cancellationToken))
        {
            foreach (var row in page.Rows)
            {
                first ??= row.Timestamp;
                if (request.Speed is { } speed)
                {
                    var due = TimeSpan.FromMicroseconds((row.Timestamp - first.Value) / speed) - time.GetElapsedTime(began);
                    if (due > TimeSpan.FromMilliseconds(1)) await Task.Delay(due, time, cancellationToken);
                }
                await rate.TakeAsync(1, cancellationToken);
                await PublishAsync(row, cancellationToken);
            }
        }
    }

    private async Task PublishAsync(MessageRow row, CancellationToken cancellationToken)
    {
        var reason = await broker.PublishAsync($"{request.Prefix}/{row.Topic}", row.Payload, (QualityOfService)row.Qos, retain: false, cancellationToken);
        status = status with
        {
            Published = status.Published + (reason < ReasonCode.UnspecifiedError ? 1 : 0),
            Refused = status.Refused + (reason < ReasonCode.UnspecifiedError ? 0 : 1),
            Position = row.Timestamp,
        };
    }

    private void End(ReplayState state, string? error) => status = status with { State = state, Error = error, Ended = time.GetUtcNow() };
}
