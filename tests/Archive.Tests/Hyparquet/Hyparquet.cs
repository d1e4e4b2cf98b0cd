using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Weir.Archive.Tests;

/// <summary>A second implementation of Parquet, of npm: reads files of the archive as others do.</summary>
internal static class Hyparquet
{
    /// <summary>The rows of a file; bytes in base64, whole numbers of 64 bits as text.</summary>
    public static async Task<List<JsonElement>> ReadAsync(string file)
    {
        var script = Path.Combine(Repository(), "tests", "Archive.Tests", "Hyparquet", "read.mjs");
        Assert.True(
            Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules", "hyparquet")),
            "hyparquet is missing: ./test.sh fetches it, or 'npm ci --ignore-scripts' in tests/Archive.Tests/Hyparquet.");
        var start = new ProcessStartInfo("node", [script, file]) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        using var node = Process.Start(start)!;
        var error = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Weir.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests do not run within the repository.");
    }
}
