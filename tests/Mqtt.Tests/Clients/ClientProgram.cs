using System.Diagnostics;

namespace Weir.Mqtt.Tests.Clients;

/// <summary>A client of another make, as a process.</summary>
internal static class ClientProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Where the clients' scripts lie.</summary>
    public static string Folder { get; } = Find();

    public static Process Start(string program, params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;

    /// <summary>Waits for the end and holds what the program printed against what it should.</summary>
    public static async Task ExpectAsync(Process process, string output)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var written = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        var faults = await process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(("", output, 0), (faults, written, process.ExitCode));
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var here = Path.Combine(folder.FullName, "tests", "Mqtt.Tests", "Clients");
            if (Directory.Exists(here)) return here;
        }
        throw new DirectoryNotFoundException("The tests do not lie below the repository.");
    }
}
