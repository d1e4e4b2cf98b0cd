using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Weir.Archive;
using Weir.Grains.Exchanges;
using Weir.Grains.Sites;
using Weir.Mqtt;
using Weir.Streams.SegmentLog;

namespace Weir.Benchmarks;

/// <summary>
/// Weir's broker in a process of its own, for <see cref="MqttBenchmark"/>: it serves until its standard input ends. With
/// <c>keep=1</c> every message goes through an exchange, as in a site: it is acknowledged when the stream has it on disk,
/// and goes on to the ring and to Parquet.
/// </summary>
public sealed class MqttBrokerProcess : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "mqtt-broker";

    /// <inheritdoc/>
    public string Description => "The broker that 'mqtt' measures, on port=N until standard input ends; keep=1 keeps its messages.";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("weir-mqtt-broker-");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddMqttBroker(options =>
        {
            options.MaxInflight = ushort.MaxValue;
            options.MaxConnections = options.MaxConnectionsPerAddress = 20_000;
        });
        builder.Services.Configure<MqttSecurityOptions>(options => options.AllowAnonymous = true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenMqtt(
            new MqttListenerOptions { Port = arguments.Number("port", 1883) }));
        var keeps = arguments.Number("keep", 0) == 1;
        if (keeps)
        {
            builder.Services.AddSegmentLog(options => options.Directory = Path.Combine(folder.FullName, "streams"));
            builder.Services.Configure<SiteOptions>(options => options.DataFolder = folder.FullName);
            builder.Services.AddSingleton<ExchangeSet>();
            builder.Services.AddSingleton<ExchangeElsewhere>(_ => name => throw new InvalidOperationException($"The exchange '{name}' must be here."));
            builder.Services.AddSingleton<IPublishHandler, ExchangeRouter>();
        }

        var dropped = 0L;
        await using (var host = builder.Build())
        {
            if (keeps)
            {
                await host.Services.GetRequiredService<ExchangeSet>()
                    .OpenAsync(new ExchangeOptions { Name = "all", TopicFilters = ["#"] }, cancellationToken);
            }
            await host.StartAsync(cancellationToken);
            while (await Console.In.ReadLineAsync(cancellationToken) is not null) { }
            dropped = host.Services.GetRequiredService<IMqttBroker>().GetStatistics().Dropped.Total;
            await host.StopAsync(cancellationToken);
        }
        folder.Delete(recursive: true);
        return [new Figure("messages dropped", dropped, "messages")];
    }
}
