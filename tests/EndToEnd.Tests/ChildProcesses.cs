using System.Globalization;

namespace Weir.EndToEnd.Tests;

internal static class ChildProcesses
{
    /// <summary>Ids of the processes whose parent this is, from <c>/proc</c>.</summary>
    public static IReadOnlyList<int> Of(int parent) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == parent)];

    public static bool IsRunning(int id) => Directory.Exists($"/proc/{id}");

    private static int ParentOf(int id)
    {
        try
        {
            // pid (name, which may hold anything) state ppid …
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // It has ended since.
        }
    }
}
