namespace Weir.Streams.SegmentLog.Files;

/// <summary>
/// The files of one stream, for tools that look at them from outside: nothing is locked, changed or recovered, so the
/// folder may be in use by a site that runs.
/// </summary>
public sealed class StreamFiles
{
    private StreamFiles(StreamName name, string folder) => (Name, Folder) = (name, folder);

    /// <summary>The stream's name.</summary>
    public StreamName Name { get; }

    /// <summary>Where its files lie.</summary>
    public string Folder { get; }

    /// <summary>How it is kept; null where the file that says so is damaged.</summary>
    public StreamOptions? Options { get; private init; }

    /// <summary>Whether it takes no more appends; false also where the file that says so is damaged.</summary>
    public bool IsSealed { get; private init; }

    /// <summary>The checkpoints of its readers, by name; those that are damaged are left out.</summary>
    public IReadOnlyList<ReaderCheckpoint> Readers { get; private init; } = [];

    /// <summary>What is wrong with the small files, as sentences.</summary>
    public IReadOnlyList<string> Faults { get; private init; } = [];

    /// <summary>Its segments, oldest first.</summary>
    public IReadOnlyList<SegmentFile> Segments { get; private init; } = [];

    /// <summary>Its bytes on disk.</summary>
    public long Bytes => Segments.Sum(segment => segment.Length);

    /// <summary>The streams of a store, by name.</summary>
    /// <param name="storeFolder">The store's folder: a site's is <c>streams</c> in its data folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<StreamFiles> List(string storeFolder) =>
        [.. StreamFolders.In(storeFolder).Select(stream => Open(stream.Name, stream.Folder))];

    /// <summary>One stream of a store; null where there is none of that name.</summary>
    public static StreamFiles? Find(string storeFolder, StreamName name)
    {
        var folder = StreamFolders.Of(storeFolder, name);
        return File.Exists(Path.Combine(folder, StreamManifest.FileName)) ? Open(name, folder) : null;
    }

    private static StreamFiles Open(StreamName name, string folder)
    {
        var faults = new List<string>();
        var checkpoints = new CheckpointFiles(name, folder);
        checkpoints.Load(
            (path, e) => faults.Add($"The checkpoint in '{path}' cannot be read: {e.Message}"), removeTemporary: false);
        var manifest = LoadManifest(folder, faults);
        return new StreamFiles(name, folder)
        {
            Options = manifest?.Options, IsSealed = manifest?.IsSealed ?? false, Readers = checkpoints.All,
            Faults = faults, Segments = OpenSegments(folder),
        };
    }

    private static StreamManifest? LoadManifest(string folder, List<string> faults)
    {
        try
        {
            return StreamManifest.Load(folder);
        }
        catch (StreamStoreException e)
        {
            faults.Add(e.Message);
            return null;
        }
    }

    // A listing may leave out a file that comes while it is under way, and yet show a newer one: a second listing has all
    // up to the newest of the first.
    private static List<SegmentFile> OpenSegments(string folder)
    {
        var newest = ListSegments(folder).LastOrDefault().Base;
        var found = ListSegments(folder).FindAll(segment => segment.Base <= newest);
        var segments = new List<SegmentFile>();
        foreach (var (path, baseOffset) in found)
        {
            try
            {
                segments.Add(SegmentFile.Open(path, baseOffset, isNewest: path == found[^1].Path));
            }
            catch (FileNotFoundException)
            {
                // Let go of since the folder was listed.
            }
        }
        return segments;
    }

    private static List<(string Path, long Base)> ListSegments(string folder)
    {
        var found = new List<(string Path, long Base)>();
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (Segment.TryParse(path, out var baseOffset)) found.Add((path, baseOffset));
        }
        found.Sort((a, b) => a.Base.CompareTo(b.Base));
        return found;
    }
}
