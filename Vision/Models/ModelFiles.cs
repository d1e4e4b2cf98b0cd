namespace Weir.Vision.Models;

/// <summary>What tells one state of a model folder from another: names, sizes and times of its files.</summary>
internal readonly record struct ModelFiles(string Stamp)
{
    public static ModelFiles Of(string folder)
    {
        if (!Directory.Exists(folder)) return new ModelFiles("");
        var files = new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}");
        return new ModelFiles(string.Join('\n', files));
    }
}
