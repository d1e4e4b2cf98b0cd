using System.Diagnostics;

namespace Weir.Pravega.Tests;

/// <summary>
/// A durable Pravega of four processes that the test owns: ZooKeeper, bookie, segment store and controller. Each can be
/// killed and started again on what it has kept.
/// </summary>
internal sealed class PravegaCluster : IAsyncDisposable
{
    // On a machine busy with other work, sessions run out and recovery takes minutes.
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(10);
    private static readonly string[] Roles = ["zookeeper", "bookie", "segmentstore", "controller"];

    private readonly string folder = Directory.CreateTempSubdirectory("weir-pravega-cluster-").FullName;
    private readonly int port = FreePorts.Six();
    private readonly Dictionary<string, Process> processes = [];

    private PravegaCluster() { }

    public string Controller => $"tcp://127.0.0.1:{port}";

    public static async Task<PravegaCluster> StartAsync()
    {
        var cluster = new PravegaCluster();
        try
        {
            await cluster.StartAsync(Roles);
            return cluster;
        }
        catch (Exception)
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a process at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync(string role)
    {
        if (processes.Remove(role, out var process)) await PravegaProcess.EndAsync(process);
    }

    /// <summary>Kills all four.</summary>
    public async Task KillAllAsync()
    {
        foreach (var role in Roles) await KillAsync(role);
    }

    /// <summary>Starts all four again.</summary>
    public Task StartAllAsync() => StartAsync(Roles);

    /// <summary>Starts processes, and waits for the controller if it is among them.</summary>
    public async Task StartAsync(params string[] roles)
    {
        ProcessOutput? controller = null;
        foreach (var role in roles)
        {
            processes[role] = PravegaProcess.Start([role, "--dir", folder, "--port", $"{port}"], out var output);
            if (role == "controller") controller = output;
        }
        if (controller is not null && !await controller.WaitForAsync("Controller Services started successfully", StartPatience))
            throw new InvalidOperationException($"The controller did not start:\n{controller.Last}");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAllAsync();
        Directory.Delete(folder, recursive: true);
    }
}
