namespace Weir.Streams.SegmentLog;

/// <summary>Where the streams of a store lie: <c>scope/stream</c> below its folder.</summary>
internal static class StreamFolders
{
    public static string Of(string root, StreamName name) => Path.Combine(root, name.Scope, name.Stream);

    /// <summary>The streams of a store, by name. Folders with other names are none of ours.</summary>
    public static IReadOnlyList<(StreamName Name, string Folder)> In(string root)
    {
        var found = new List<(StreamName Name, string Folder)>();
        foreach (var scope in Directory.EnumerateDirectories(root))
        {
            foreach (var folder in Directory.EnumerateDirectories(scope))
            {
                if (StreamName.TryParse($"{Path.GetFileName(scope)}/{Path.GetFileName(folder)}", out var name)
                    && File.Exists(Path.Combine(folder, StreamManifest.FileName)))
                    found.Add((name, folder));
            }
        }
        found.Sort((a, b) => a.Name.CompareTo(b.Name));
        return found;
    }
}
