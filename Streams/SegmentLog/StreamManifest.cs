using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weir.Streams.SegmentLog;

/// <summary>What is kept of a stream beside its segments, in <c>stream.json</c>.</summary>
/// <param name="Options">How the stream is kept.</param>
/// <param name="IsSealed">Whether it takes no more appends.</param>
/// <param name="TruncatedBefore">
/// The furthest offset that somebody truncated before. If the head lies behind it, a budget took the rest.
/// </param>
internal sealed record StreamManifest(StreamOptions Options, bool IsSealed = false, long TruncatedBefore = 0)
{
    public const string FileName = "stream.json";

    public void Save(string folder) => Folder.Replace(
        Path.Combine(folder, FileName), CheckedJson.Write(this, SegmentLogJson.Default.StreamManifest),
        Options.Durability == StreamDurability.Synced);

    public static StreamManifest Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return CheckedJson.Read(File.ReadAllBytes(path), SegmentLogJson.Default.StreamManifest);
        }
        catch (JsonException e)
        {
            throw new ManifestUnreadableException(path, e);
        }
    }
}

[JsonSerializable(typeof(StreamManifest))]
[JsonSerializable(typeof(ReaderCheckpoint))]
[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class SegmentLogJson : JsonSerializerContext;

/// <summary>The file with a stream's options is damaged; its events are not.</summary>
internal sealed class ManifestUnreadableException(string path, Exception cause) : StreamStoreException(
    $"The file '{path}' is not a stream's options: {cause.Message} Restore it, or create the stream again: it keeps its "
    + "events and takes the options then given.", cause);
