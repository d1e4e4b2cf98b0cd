using System.Text;

namespace Weir.Archive;

/// <summary>
/// The newest key that ever had a file, in a file of its own: keys go on from there even where every file has gone.
/// For one caller at a time.
/// </summary>
internal sealed class KeyMark(string folder)
{
    private readonly string path = Path.Combine(folder, "last-key");

    /// <summary>What was noted last; the lowest key where nothing was.</summary>
    public MessageKey Read() =>
        File.Exists(path) && MessageKey.TryParse(Encoding.ASCII.GetString(File.ReadAllBytes(path)).Trim(), out var key) ? key : default;

    /// <exception cref="IOException">It could not be written.</exception>
    public void Write(MessageKey key) => DurableFile.Replace(path, Encoding.ASCII.GetBytes(key.ToString()));
}
