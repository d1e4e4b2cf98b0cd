using System.Collections.Concurrent;
using System.Text.Json;

namespace Weir.Streams.SegmentLog;

/// <summary>The checkpoints of a stream's readers, one small file each. The appender's thread alone writes.</summary>
internal sealed class CheckpointFiles(StreamName stream, string streamFolder)
{
    private readonly string folder = Path.Combine(streamFolder, "readers");
    private readonly ConcurrentDictionary<string, ReaderCheckpoint> known = new(StringComparer.Ordinal);

    public IReadOnlyList<ReaderCheckpoint> All => [.. known.Values.OrderBy(c => c.Reader, StringComparer.Ordinal)];

    public ReaderCheckpoint? Find(string reader) => known.GetValueOrDefault(reader);

    /// <summary>Reads what is on disk; a file that makes no sense is passed over and told of.</summary>
    public void Load(Action<string, Exception> onUnreadable, bool removeTemporary = true)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (Folder.IsTemporary(path))
            {
                if (removeTemporary) Folder.DeleteQuietly(path);
                continue;
            }
            try
            {
                var checkpoint = CheckedJson.Read(File.ReadAllBytes(path), SegmentLogJson.Default.ReaderCheckpoint);
                known[checkpoint.Reader] = checkpoint;
            }
            catch (JsonException e)
            {
                onUnreadable(path, e);
            }
        }
    }

    public void Write(ReaderCheckpoint checkpoint, StreamDurability durability)
    {
        if (known.TryGetValue(checkpoint.Reader, out var stored) && stored.Owner > checkpoint.Owner)
            throw new StreamFencedException(stream, checkpoint.Reader, checkpoint.Owner, stored.Owner);
        if (durability != StreamDurability.Memory)
        {
            var isNew = !Directory.Exists(folder);
            Directory.CreateDirectory(folder);
            var synced = durability == StreamDurability.Synced;
            if (isNew && synced) Folder.Sync(streamFolder);
            Folder.Replace(
                Path.Combine(folder, checkpoint.Reader),
                CheckedJson.Write(checkpoint, SegmentLogJson.Default.ReaderCheckpoint), synced);
        }
        known[checkpoint.Reader] = checkpoint;
    }
}
