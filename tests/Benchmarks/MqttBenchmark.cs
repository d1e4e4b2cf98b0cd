using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Benchmarks;

/// <summary>
/// The broker beside mosquitto's, under one load generator, in rounds that take turns: medians of messages delivered per
/// second, latency at half load, memory of an idle connection. Each broker has a process of its own. Weir's is measured
/// twice where its goal asks for it: keeping every message in stream, ring and Parquet, and passing messages only, as
/// mosquitto does. <c>other=PORT</c> measures a further broker that runs on that port.
/// </summary>
public sealed class MqttBenchmark : IBenchmark
{
    private const int Idle = 10_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);

    private static readonly MqttScenario[] Scenarios =
    [
        new("QoS 0, 1 to 1", 1, 1, 0, Paired: true),
        new("QoS 1, 1 to 1", 1, 1, 1, Paired: true),
        new("QoS 2, 1 to 1", 1, 1, 2, Paired: true),
        new("QoS 1, 4 to 4, one to one", 4, 4, 1, Paired: true),
        new("QoS 1, 4 to 4, one at a time", 4, 4, 1, Paired: true, Window: 1),
        new("QoS 0, fan-out 4 x 4", 4, 4, 0, Paired: false),
        new("QoS 0, fan-in of 1,000 connections", 4, 1, 0, Paired: false, Connections: 250),
        new("QoS 1, publisher alone", 1, 0, 1, Paired: true),
        new("QoS 1, 4 publishers of 1 KiB alone", 4, 0, 1, Paired: true, Payload: 1024),
        new("QoS 0, 1 to 1, 16 B", 1, 1, 0, Paired: true, Payload: 16),
        new("QoS 0, 1 to 1, 1 KiB", 1, 1, 0, Paired: true, Payload: 1024),
        new("QoS 0, 1 to 1, 16 KiB", 1, 1, 0, Paired: true, Payload: 16 * 1024),
        new("QoS 0, 1 to 1, 64 KiB", 1, 1, 0, Paired: true, Payload: 64 * 1024),
    ];

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <inheritdoc/>
    public string Description => "Broker against mosquitto: rounds=3 milliseconds=800 payload=100 only=0 (all; 14 latency, 15 memory) other=0 (port).";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Figure>> RunAsync(BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        await using var keeping = await MqttTarget.StartWeirAsync(keeps: true, cancellationToken);
        await using var passing = await MqttTarget.StartWeirAsync(keeps: false, cancellationToken);
        await using var mosquitto = await MqttTarget.StartMosquittoAsync(cancellationToken);
        await using var other = arguments.Number("other", 0) is > 0 and var port ? MqttTarget.Running(port) : null;

        var only = arguments.Number("only", 0);
        var figures = new List<Figure>();
        for (var i = 1; i <= Scenarios.Length; i++)
        {
            if (only > 0 && only != i) continue;
            var scenario = Scenarios[i - 1];
            List<(string Name, MqttTarget Target)> targets = [("weir", passing), ("mosquitto", mosquitto)];
            if (scenario is { QoS: 1, Publishers: 4, Subscribers: 4 }) targets.Add(("weir, kept", keeping));
            if (other is not null) targets.Add(("other", other));
            figures.AddRange(await CompareAsync(scenario, targets, arguments, cancellationToken));
        }
        if (only is 0 or 14)
        {
            figures.AddRange(await LatencyAsync("weir", passing, await HalfLoadAsync(passing, arguments, cancellationToken), cancellationToken));
            var half = await HalfLoadAsync(mosquitto, arguments, cancellationToken);
            figures.AddRange(await LatencyAsync("mosquitto", mosquitto, half, cancellationToken));
            figures.AddRange(await LatencyAsync("weir at mosquitto's", passing, half, cancellationToken));
            if (other is not null) figures.AddRange(await LatencyAsync("other", other, await HalfLoadAsync(other, arguments, cancellationToken), cancellationToken));
        }
        if (only is 0 or 15) figures.Add(await IdleAsync(cancellationToken));
        return figures;
    }

    private static async Task<List<Figure>> CompareAsync(
        MqttScenario scenario, List<(string Name, MqttTarget Target)> targets, BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        // The runtime compiles what is hot while it runs: that is no part of the figure.
        foreach (var (_, target) in targets)
            await new MqttLoad(target.Port, scenario, arguments.Number("payload", 100)).RunAsync(WarmUp, TimeSpan.FromSeconds(1), cancellationToken);
        var rates = targets.ToDictionary(target => target.Name, _ => new List<double>());
        for (var round = 0; round < arguments.Number("rounds", 3); round++)
        {
            foreach (var (name, target) in targets) rates[name].Add(await MeasureAsync(target, name, scenario, arguments, cancellationToken));
        }
        var medians = rates.ToDictionary(rate => rate.Key, rate => Measurements.Median(rate.Value));
        var figures = new List<Figure> { new($"{scenario.Name}, passed only", medians["weir"], "messages/s", "mosquitto", medians["mosquitto"]) };
        if (medians.TryGetValue("weir, kept", out var kept))
        {
            var goal = scenario.Window > 1 ? 5.0 : (double?)null;
            figures.Add(new Figure($"{scenario.Name}, kept durably", kept, "messages/s", "mosquitto, nothing kept", medians["mosquitto"], goal));
        }
        if (medians.TryGetValue("other", out var theirs))
        {
            figures.Add(new Figure($"{scenario.Name}, passed only", medians["weir"], "messages/s", "other", theirs, scenario.Name == "QoS 1, 1 to 1" ? 2 : 1));
        }
        return figures;
    }

    private static async Task<double> MeasureAsync(
        MqttTarget target, string name, MqttScenario scenario, BenchmarkArguments arguments, CancellationToken cancellationToken)
    {
        var measured = TimeSpan.FromMilliseconds(arguments.Number("milliseconds", 800));
        var before = target.ProcessorTime;
        var rate = await new MqttLoad(target.Port, scenario, arguments.Number("payload", 100)).RunAsync(WarmUp, measured, cancellationToken);
        var processors = (target.ProcessorTime - before) / (WarmUp + measured);
        Console.WriteLine($"{scenario.Name,-36} {name,-10} {rate,12:N0} messages/s with {processors:N2} processors");
        return rate;
    }

    /// <summary>Half of what a broker carries just now, one to one at QoS 1, in messages a second.</summary>
    private static async Task<int> HalfLoadAsync(MqttTarget target, BenchmarkArguments arguments, CancellationToken cancellationToken) =>
        (int)(await new MqttLoad(target.Port, Scenarios[1], arguments.Number("payload", 100)).RunAsync(WarmUp, TimeSpan.FromSeconds(1), cancellationToken) / 2);

    /// <summary>One to one, QoS 1, at a steady rate.</summary>
    private static async Task<IReadOnlyList<Figure>> LatencyAsync(string name, MqttTarget target, int perSecond, CancellationToken cancellationToken)
    {
        var latency = new MqttLatency(target.Port, perSecond);
        await latency.RunAsync(TimeSpan.FromSeconds(1), cancellationToken);
        var times = await latency.RunAsync(TimeSpan.FromSeconds(3), cancellationToken);
        Console.WriteLine($"Latency of {name} at {perSecond:N0} messages/s: {times.Length:N0} messages.");
        (double Part, string Name)[] parts = [(0.5, "p50"), (0.99, "p99"), (0.999, "p99.9")];
        return [.. parts.Select(p => new Figure($"Latency at half load, {name}, {p.Name}", times[(int)((times.Length - 1) * p.Part)], "ms"))];
    }

    private static async Task<Figure> IdleAsync(CancellationToken cancellationToken)
    {
        var each = new List<double>();
        foreach (var weir in (bool[])[true, false])
        {
            await using var target = weir ? await MqttTarget.StartWeirAsync(keeps: false, cancellationToken) : await MqttTarget.StartMosquittoAsync(cancellationToken);
            // What the first connections make the runtime load and compile is no part of the figure.
            foreach (var first in Enumerable.Range(Idle, 200).Select(i => Connect(target.Port, i)).ToList()) first.Dispose();
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            var before = target.Memory;
            var sockets = new List<Socket>();
            for (var i = 0; i < Idle; i++) sockets.Add(Connect(target.Port, i));
            await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
            each.Add((target.Memory - before) / (double)Idle);
            foreach (var socket in sockets) socket.Dispose();
        }
        return new Figure($"Memory an idle connection, of {Idle:N0}", each[0], "bytes", "mosquitto", each[1]);
    }

    private static Socket Connect(int port, int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        var id = Encoding.ASCII.GetBytes($"idle-{number:D6}");
        socket.Send([0x10, (byte)(12 + id.Length), 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 0, 0, (byte)id.Length, .. id]);
        var connack = new byte[4];
        for (var got = 0; got < 4;) got += socket.Receive(connack.AsSpan(got)) is > 0 and var size ? size : throw new IOException($"The broker does not take connection {number}.");
        return socket;
    }
}
