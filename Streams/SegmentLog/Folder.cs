using Microsoft.Win32.SafeHandles;

namespace Weir.Streams.SegmentLog;

/// <summary>What a crash-safe file needs of its folder.</summary>
internal static class Folder
{
    private const string TemporaryPrefix = ".new-";

    /// <summary>Replaces a file at once: a crash leaves the old one or the new one, never a part.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool synced)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(folder, $"{TemporaryPrefix}{Guid.NewGuid():N}");
        try
        {
            using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(handle, content, 0);
                if (synced) Flush(handle);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DeleteQuietly(temporary);
            throw;
        }
        if (synced) Sync(folder);
    }

    /// <summary>Whether a file is one that <see cref="Replace"/> left behind in a crash, or is writing.</summary>
    public static bool IsTemporary(string path) =>
        Path.GetFileName(path.AsSpan()).StartsWith(TemporaryPrefix, StringComparison.Ordinal);

    /// <summary>Deletes a file whose absence is all that matters.</summary>
    public static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It will be met again, and deleted, when the stream is opened the next time.
        }
    }

    /// <summary>Brings a file to the device.</summary>
    /// <exception cref="IOException">The device did not take all of it.</exception>
    public static void Flush(SafeFileHandle file) => DeviceSync.File(file, "A segment log's file");

    /// <summary>Brings the names in a folder to the device.</summary>
    /// <exception cref="IOException">The device did not take them.</exception>
    public static void Sync(string folder) => DeviceSync.Folder(folder);
}
