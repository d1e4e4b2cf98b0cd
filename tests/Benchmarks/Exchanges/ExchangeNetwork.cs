using System.Diagnostics;
using System.Globalization;

namespace Weir.Benchmarks;

/// <summary>
/// The same over loopback: messages of 100 B, quality of service 1, four publishers with a window each. Weir with an
/// exchange, Weir without, mosquitto with <c>mosquitto_sub</c> writing into a file, and Kafka at <c>acks=all</c>.
/// </summary>
internal sealed class ExchangeNetwork(BenchmarkArguments arguments)
{
    private const int Payload = 100;
    private const double PartOfPlainBroker = 0.6;
    private static readonly MqttScenario Publishing = new("QoS 1, 4 publishers", Publishers: 4, Subscribers: 0, QoS: 1, Paired: false);

    private readonly TimeSpan measured = TimeSpan.FromMilliseconds(arguments.Number("milliseconds", 3_000));

    public async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var plain = await WeirAsync(keeps: false, cancellationToken);
        var kept = await WeirAsync(keeps: true, cancellationToken);
        var mosquitto = await MosquittoAsync(cancellationToken);
        var kafka = await KafkaPeer.ProduceAsync(arguments.Number("kafka-messages", 1_000_000), Payload, cancellationToken);
        return
        [
            new Figure("network: durable, ring, Parquet", kept.Rate, "messages/s", "Weir's broker, nothing kept", plain.Rate, PartOfPlainBroker),
            new Figure("network: durable, ring, Parquet", kept.Rate, "messages/s", "mosquitto + mosquitto_sub > file", mosquitto, 1),
            new Figure("network: durable, ring, Parquet", kept.Rate, "messages/s", "Kafka, acks=all", kafka, 1),
            new Figure("network: memory of the process", kept.Memory / (double)(1 << 20), "MiB", "without an exchange", plain.Memory / (double)(1 << 20)),
        ];
    }

    private async Task<(double Rate, long Memory)> WeirAsync(bool keeps, CancellationToken cancellationToken)
    {
        await using var broker = await MqttTarget.StartWeirAsync(keeps, cancellationToken);
        var rate = await new MqttLoad(broker.Port, Publishing, Payload).RunAsync(measured / 3, measured, cancellationToken);
        return (rate, broker.Memory);
    }

    private async Task<double> MosquittoAsync(CancellationToken cancellationToken)
    {
        await using var broker = await MqttTarget.StartMosquittoAsync(cancellationToken);
        var file = Path.GetTempFileName();
        var port = broker.Port.ToString(CultureInfo.InvariantCulture);
        using var subscriber = Process.Start(new ProcessStartInfo("sh", ["-c", $"exec mosquitto_sub -h 127.0.0.1 -p {port} -q 1 -t '#' > {file}"]))
            ?? throw new InvalidOperationException("mosquitto_sub did not start.");
        try
        {
            await Task.Delay(500, cancellationToken);
            return await new MqttLoad(broker.Port, Publishing, Payload).RunAsync(measured / 3, measured, cancellationToken);
        }
        finally
        {
            subscriber.Kill();
            await subscriber.WaitForExitAsync(CancellationToken.None);
            File.Delete(file);
        }
    }
}
