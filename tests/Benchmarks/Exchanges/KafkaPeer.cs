using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Weir.Benchmarks;

/// <summary>
/// Kafka as the usual durable log: one node, its own producer test with <c>acks=all</c>. The variable
/// <c>WEIR_KAFKA</c> names the script that starts it; without it there is no figure.
/// </summary>
internal static partial class KafkaPeer
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    /// <returns>Messages a second; null where there is no Kafka here.</returns>
    public static async Task<double?> ProduceAsync(int messages, int bytes, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("WEIR_KAFKA") is not { Length: > 0 } script || !File.Exists(script)) return null;
        var folder = Directory.CreateTempSubdirectory("weir-kafka-").FullName;
        var port = FreePort().ToString(CultureInfo.InvariantCulture);
        using var server = Start(script, "server", folder, port);
        // What it says must be read, or it would stand still with a full pipe.
        var said = server.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await UntilItAnswersAsync(server, int.Parse(port, CultureInfo.InvariantCulture), cancellationToken);
            using var producer = Start(script, "produce", port, messages.ToString(CultureInfo.InvariantCulture), bytes.ToString(CultureInfo.InvariantCulture));
            var output = await producer.StandardOutput.ReadToEndAsync(cancellationToken);
            await producer.WaitForExitAsync(cancellationToken);
            // The last line is of the whole run.
            var rate = Rates().Matches(output).LastOrDefault()?.Groups[1].Value;
            return rate is null ? throw new InvalidOperationException($"Kafka's producer said no rate: {output}") : double.Parse(rate, CultureInfo.InvariantCulture);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
            await said;
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(string script, params string[] words) =>
        Process.Start(new ProcessStartInfo(script, words) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException($"{script} did not start.");

    private static async Task UntilItAnswersAsync(Process server, int port, CancellationToken cancellationToken)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(200, cancellationToken))
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                if (server.HasExited || clock.Elapsed > StartPatience) throw new InvalidOperationException("Kafka did not start; see what it wrote.");
            }
        }
    }

    // Its controller listens on the port after the one that is named.
    private static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            using var next = new TcpListener(IPAddress.Loopback, port + 1);
            try
            {
                next.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    [GeneratedRegex(@"([0-9.]+) records/sec")]
    private static partial Regex Rates();
}
