using System.Text.Json;

namespace Weir.Archive;

/// <summary>
/// The folders that hold an exchange's files: its own, and those that its options named at one time or another. The
/// others are noted in its own, so that a start finds all files. For one caller at a time.
/// </summary>
internal sealed class FileFolders
{
    private readonly string home;
    private readonly string exchange;
    private readonly List<string> others;

    private FileFolders(string home, string exchange, List<string> others) => (this.home, this.exchange, this.others) = (home, exchange, others);

    /// <summary>All of them; the exchange's own first.</summary>
    public IReadOnlyList<string> All => [home, .. others];

    private string NotePath => Path.Combine(home, "folders.json");

    /// <exception cref="InvalidDataException">The note is there and cannot be understood.</exception>
    public static FileFolders Open(string home, string exchange)
    {
        var folders = new FileFolders(home, exchange, []);
        if (!File.Exists(folders.NotePath)) return folders;
        try
        {
            folders.others.AddRange(JsonSerializer.Deserialize<List<string>>(File.ReadAllBytes(folders.NotePath)) ?? []);
            return folders;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The note of folders '{folders.NotePath}' cannot be understood: {error.Message}", error);
        }
    }

    /// <summary>The folder for files from now on: it is made where it is missing, and never forgotten.</summary>
    /// <param name="parent">What the options name; null for the exchange's own folder.</param>
    /// <exception cref="ArgumentException">The folder cannot be made or written to; the message says why.</exception>
    public string Use(string? parent)
    {
        if (parent is null) return home;
        var folder = Path.Combine(Path.GetFullPath(parent), exchange);
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, ".probe");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"exchange '{exchange}': folder '{parent}' cannot be written to: {error.Message}", error);
        }
        if (folder == home || others.Contains(folder)) return folder;
        others.Add(folder);
        DurableFile.Replace(NotePath, JsonSerializer.SerializeToUtf8Bytes(others));
        return folder;
    }
}
