using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weir.Benchmarks;

/// <summary>A broker in a process of its own on a free port of the loopback address.</summary>
internal sealed class MqttTarget : IAsyncDisposable
{
    private readonly Process? process;
    private readonly string? configuration;

    private MqttTarget(Process? process, int port, string? configuration)
    {
        this.process = process;
        this.configuration = configuration;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            if (process is null) return TimeSpan.Zero;
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Memory that the process has in RAM, in bytes.</summary>
    public long Memory
    {
        get
        {
            if (process is null) return 0;
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>A broker of another make that somebody has started on a port; what it uses is not known.</summary>
    public static MqttTarget Running(int port) => new(null, port, null);

    /// <summary>Weir's broker, with or without an exchange that keeps every message.</summary>
    public static Task<MqttTarget> StartWeirAsync(bool keeps, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(MqttTarget).Assembly.Location);
        start.ArgumentList.Add("mqtt-broker");
        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"port={port}"));
        if (keeps) start.ArgumentList.Add("keep=1");
        return StartAsync(start, port, null, cancellationToken);
    }

    /// <summary>Debian's mosquitto, with its limits on queued and unacknowledged messages lifted.</summary>
    public static Task<MqttTarget> StartMosquittoAsync(CancellationToken cancellationToken)
    {
        var port = FreePort();
        var configuration = Path.GetTempFileName();
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            listener {port} 127.0.0.1
            allow_anonymous true
            persistence false
            log_type none
            max_inflight_messages 0
            max_queued_messages 0

            """));
        return StartAsync(new ProcessStartInfo("mosquitto", ["-c", configuration]) { RedirectStandardError = true }, port, configuration, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is null) return;
        if (process.StartInfo.RedirectStandardInput) process.StandardInput.Close();
        else process.Kill();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
        process.Dispose();
        if (configuration is not null) File.Delete(configuration);
    }

    private static async Task<MqttTarget> StartAsync(ProcessStartInfo start, int port, string? configuration, CancellationToken cancellationToken)
    {
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        var target = new MqttTarget(process, port, configuration);
        for (var deadline = Stopwatch.StartNew(); ;)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return target;
            }
            catch (SocketException) when (!process.HasExited && deadline.Elapsed < TimeSpan.FromSeconds(15))
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
