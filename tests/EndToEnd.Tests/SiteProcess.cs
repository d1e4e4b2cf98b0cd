using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Weir.EndToEnd.Tests;

/// <summary>A site as a process of its own, in a folder of its own, on free ports of 127.0.0.1.</summary>
internal sealed partial class SiteProcess : IAsyncDisposable
{
    private const int Interrupt = 2;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(40);

    private readonly StringBuilder output = new();
    private readonly string[] arguments;
    private readonly bool ownsFolder;
    private Process process = null!;

    private SiteProcess(string? folder, string[] arguments)
    {
        ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("weir-site-").FullName;
        this.arguments = arguments;
        HttpPort = FreePort.Next();
        MqttPort = FreePort.Next();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public string Folder { get; }

    public int HttpPort { get; private set; }

    public int MqttPort { get; private set; }

    public HttpClient Http { get; private set; }

    public int ProcessId => process.Id;

    public string Output
    {
        get { lock (output) return output.ToString(); }
    }

    /// <summary>What the configuration says beside what the program brings: names of environment variables and their values.</summary>
    private IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Starts a site and waits until it answers.</summary>
    public static Task<SiteProcess> StartAsync(string? folder = null, params string[] arguments) =>
        StartWithAsync(new Dictionary<string, string>(), folder, arguments);

    /// <summary>Starts a site with settings and waits until it answers.</summary>
    public static async Task<SiteProcess> StartWithAsync(
        IReadOnlyDictionary<string, string> settings, string? folder = null, params string[] arguments)
    {
        var site = new SiteProcess(folder, arguments) { Settings = settings };
        try
        {
            await site.StartAgainAsync();
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the program to its end, for starts that are meant to fail or to end at once.</summary>
    public static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunWithAsync(new Dictionary<string, string>(), arguments);

    /// <summary>The same with settings.</summary>
    public static async Task<(int Code, string Output, string Error)> RunWithAsync(
        IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(Parts.Silo, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(StartPatience);
        try
        {
            var read = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = await process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await read, error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Starts it once more on the same folder and ports.</summary>
    public async Task StartAgainAsync()
    {
        process = new Process
        {
            StartInfo = new ProcessStartInfo(Parts.Silo,
            [
                "--data", Folder, "--http-port", $"{HttpPort}", "--mqtt-port", $"{MqttPort}", .. arguments,
            ])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            },
        };
        foreach (var (name, value) in Settings) process.StartInfo.Environment[name] = value;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Eventually.TrueAsync(AnswersAsync, StartPatience, () => $"The site does not answer. It said:\n{Output}");
    }

    /// <summary>Ends it as a crash would: at once, with nothing tidied up. Its ffmpeg children see their pipe close.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Ends it as Ctrl-C does; answers its exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        Assert.Equal(0, Signal(process.Id, Interrupt));
        using var patience = new CancellationTokenSource(StopPatience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>The children that the site has started and that still run.</summary>
    public IReadOnlyList<int> Children() => ChildProcesses.Of(process.Id);

    public async Task PutAsync(string path, object settings)
    {
        using var answer = await Http.PutAsJsonAsync(path, settings);
        Assert.True(answer.IsSuccessStatusCode, $"PUT {path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public async Task<JsonElement> GetAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path);

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            try
            {
                if (!process.HasExited) await InterruptAsync();
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
            process.Dispose();
        }
        Http.Dispose();
        if (ownsFolder) Directory.Delete(Folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(process.HasExited, $"The site ended with code {(process.HasExited ? process.ExitCode : 0)}. It said:\n{Output}");
        try
        {
            using var answer = await Http.GetAsync("healthz");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (output) output.AppendLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
