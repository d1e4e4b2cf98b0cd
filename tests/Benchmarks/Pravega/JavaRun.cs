using System.Globalization;
using System.Text.Json;
using Weir.Pravega.Tests;

namespace Weir.Benchmarks.Pravega;

/// <summary>Pravega's Java client with the same load, in a process of its own.</summary>
internal sealed class JavaRun(PravegaServer server, string stream, int size)
{
    public async Task<(double PerSecond, double P50, double P99)> WriteAsync(int count, int lone)
    {
        // Its window of unacknowledged events, by default 20,000, is held to the same bytes.
        var window = Math.Clamp(16_000_000 / size, 100, 100_000);
        var answer = await AskAsync("bench-write", "--count", Text(count), "--size", Text(size), "--lone", Text(lone), "--window", Text(window));
        return (answer.GetProperty("events_per_s").GetDouble(), answer.GetProperty("lone_p50_us").GetDouble(), answer.GetProperty("lone_p99_us").GetDouble());
    }

    public async Task<double> ReadAsync() => (await AskAsync("bench-read")).GetProperty("events_per_s").GetDouble();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<JsonElement> AskAsync(string command, params string[] options)
    {
        var printed = await JavaClient.RunAsync(server.Controller, [command, "bench", stream, .. options]);
        return JsonDocument.Parse(printed.Split('\n')[^1]).RootElement.Clone();
    }
}
