using System.Diagnostics;

namespace Weir.Pravega.Tests;

/// <summary>Pravega's own Java client as a command: the second opinion.</summary>
internal static class JavaClient
{
    /// <summary>Runs a command and answers what it printed.</summary>
    public static async Task<string> RunAsync(string controller, IEnumerable<string> words, string? input = null)
    {
        var start = new ProcessStartInfo(Path.Combine(PravegaServer.Home, "pravega"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var word in (string[])["client", "--controller", controller, .. words]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The Java client ended with {process.ExitCode}:\n{await errors}");
        return (await output).TrimEnd('\n');
    }
}
