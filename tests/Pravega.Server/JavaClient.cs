using System.Diagnostics;

namespace Weir.Pravega.Tests;

/// <summary>Pravega's own Java client as a command: the second opinion.</summary>
internal static class JavaClient
{
    /// <summary>Runs a command and answers what it printed.</summary>
    public static Task<string> RunAsync(string controller, IEnumerable<string> words, string? input = null) =>
        StartAsync(Path.Combine(PravegaServer.Home, "pravega"), ["client", "--controller", controller, .. words], input);

    /// <summary>Runs a Java program of one file with the client's classes, and answers what it printed. It takes a JDK.</summary>
    public static Task<string> RunProgramAsync(string file, params string[] words) =>
        StartAsync("java", ["-cp", Path.Combine(PravegaServer.Home, "lib", "*"), file, .. words], null);

    private static async Task<string> StartAsync(string program, IEnumerable<string> words, string? input)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var word in words) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The Java client ended with {process.ExitCode}:\n{await errors}");
        return (await output).TrimEnd('\n');
    }
}
