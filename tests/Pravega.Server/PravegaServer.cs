using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Pravega.Tests;

/// <summary>
/// A real Pravega in one process, all in memory, that the test owns: started on free ports, ended by its handle. Where there
/// is none, <see cref="Missing"/> says why in one line.
/// </summary>
internal sealed class PravegaServer : IAsyncDisposable
{
    public const string User = "admin", Password = "1111_aaaa";
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);

    private readonly Process? process;
    private readonly string? folder;

    private PravegaServer(string controller, Process? process, string? folder)
    {
        Controller = controller;
        this.process = process;
        this.folder = folder;
    }

    /// <summary>The folder with the server: <c>PRAVEGA_HOME</c>, or <c>../shared/pravega</c> beside the project.</summary>
    public static string Home { get; } = FindHome();

    /// <summary>A server that runs already, instead of one of our own: <c>PRAVEGA_CONTROLLER</c>.</summary>
    public static string? Running { get; } = Environment.GetEnvironmentVariable("PRAVEGA_CONTROLLER") is { Length: > 0 } given ? given : null;

    /// <summary>Why there is no server to test with; null where there is one.</summary>
    public static string? Missing { get; } =
        Running is not null ? null
        : !File.Exists(Path.Combine(Home, "pravega"))
            ? $"There is no Pravega in '{Home}': set PRAVEGA_HOME to a folder that has one, or PRAVEGA_CONTROLLER to a server that runs."
        : !HasJava() ? "Pravega needs a Java runtime (17 or later), and there is none: apt-get install openjdk-17-jre-headless."
        : null;

    /// <summary>Whether there is a folder to start servers of one's own from.</summary>
    public static bool HasOwn => Missing is null && File.Exists(Path.Combine(Home, "pravega")) && HasJava();

    public string Controller { get; }

    /// <summary>The certificate of a server with TLS.</summary>
    public string CertificateFile => Path.Combine(folder!, "cert.pem");

    /// <summary>Takes the server that runs where one is named; starts one otherwise.</summary>
    public static async Task<PravegaServer> StartAsync(string heap = "1g", int? cacheMegabytes = null) =>
        Running is not null ? new PravegaServer(Running, null, null) : await StartOwnAsync(heap: heap, cacheMegabytes: cacheMegabytes);

    /// <summary>Starts a server that nobody else works on.</summary>
    /// <param name="auth">Whether it asks who comes.</param>
    /// <param name="tls">Whether it speaks TLS.</param>
    /// <param name="heap">Java's heap.</param>
    /// <param name="cacheMegabytes">
    /// Its cache; null for Pravega's own 128 MiB. It holds what was written until it is in long-term storage, and the server
    /// stops (CacheFullException) rather than slows where 100 MB/s come into a small one.
    /// </param>
    public static async Task<PravegaServer> StartOwnAsync(bool auth = false, bool tls = false, string heap = "1g", int? cacheMegabytes = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePorts.Six();
            var folder = Directory.CreateTempSubdirectory("weir-pravega-").FullName;
            List<string> arguments = ["standalone", "--dir", folder, "--port", $"{port}", "--heap", heap];
            if (auth) arguments.Add("--auth");
            if (tls) arguments.Add("--tls");
            var properties = cacheMegabytes is { } megabytes ? $"-Dpravegaservice.cache.size.max={(long)megabytes << 20}" : null;
            var process = PravegaProcess.Start(arguments, out var output, properties);
            if (await output.WaitForAsync("Pravega Sandbox is running locally now", StartPatience))
                return new PravegaServer($"{(tls ? "tls" : "tcp")}://127.0.0.1:{port}", process, folder);
            await PravegaProcess.EndAsync(process);
            Directory.Delete(folder, recursive: true);
            if (attempt == 3) throw new InvalidOperationException($"Pravega did not start:\n{output.Last}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is null) return;
        await PravegaProcess.EndAsync(process);
        Directory.Delete(folder!, recursive: true);
    }

    private static string FindHome()
    {
        if (Environment.GetEnvironmentVariable("PRAVEGA_HOME") is { Length: > 0 } given) return given;
        var root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Weir.slnx"))) root = Path.GetDirectoryName(root);
        return Path.GetFullPath(Path.Combine(root ?? ".", "..", "shared", "pravega"));
    }

    private static bool HasJava() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "java")));
}

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePorts
{
    /// <summary>The first of six free ones in a row, below those that the system gives out by itself.</summary>
    public static int Six()
    {
        while (true)
        {
            var first = Random.Shared.Next(12_000, 31_000);
            if (Enumerable.Range(first, 6).All(IsFree)) return first;
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>Starts and ends processes of Pravega.</summary>
internal static class PravegaProcess
{
    public static Process Start(IEnumerable<string> arguments, out ProcessOutput output, string? javaOptions = null)
    {
        // As a process of its own, whose end is that of Java: the script hands over with exec.
        var start = new ProcessStartInfo(Path.Combine(PravegaServer.Home, "pravega"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        if (javaOptions is not null) start.Environment["JAVA_TOOL_OPTIONS"] = javaOptions;
        var process = new Process { StartInfo = start };
        output = new ProcessOutput(process);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public static async Task EndAsync(Process process)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}

/// <summary>What a process says, to wait for a line and to show the end of it.</summary>
internal sealed class ProcessOutput
{
    private const int Kept = 40;
    private readonly Lock gate = new();
    private readonly Queue<string> lines = new();
    private readonly List<(string Text, TaskCompletionSource<bool> Seen)> waiting = [];
    private readonly HashSet<string> all = [];
    private readonly TaskCompletionSource exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProcessOutput(Process process)
    {
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => exited.TrySetResult();
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
    }

    public string Last
    {
        get
        {
            lock (gate) return string.Join('\n', lines);
        }
    }

    /// <summary>False where the process ends or the time is up before it says so.</summary>
    public async Task<bool> WaitForAsync(string text, TimeSpan patience)
    {
        var seen = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (all.Any(line => line.Contains(text, StringComparison.Ordinal))) return true;
            waiting.Add((text, seen));
        }
        var first = await Task.WhenAny(seen.Task, exited.Task, Task.Delay(patience));
        return first == seen.Task;
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (gate)
        {
            lines.Enqueue(line);
            if (lines.Count > Kept) lines.Dequeue();
            if (all.Count < 2000) all.Add(line);
            foreach (var (_, seen) in waiting.Where(w => line.Contains(w.Text, StringComparison.Ordinal))) seen.TrySetResult(true);
        }
    }
}
