using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Weir.Streams;

namespace Weir.Archive;

/// <summary>Puts files and names on the device.</summary>
internal static class DurableFile
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Reads a file and gives its size and CRC-32C.</summary>
    public static (long Bytes, uint Checksum) Measure(SafeFileHandle file, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var bytes = 0L;
            var crc = 0u;
            for (int read; (read = RandomAccess.Read(file, buffer, bytes)) > 0; bytes += read)
            {
                crc = Crc32C.Compute(buffer.AsSpan(0, read), crc);
                cancellationToken.ThrowIfCancellationRequested();
            }
            return (bytes, crc);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Puts a file's bytes on the device and gives their size and CRC-32C.</summary>
    public static (long Bytes, uint Checksum) Sync(string path, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var measured = Measure(file, cancellationToken);
        DeviceSync.File(file, $"The file '{path}'");
        return measured;
    }

    /// <summary>Gives a file its name in a folder, which is made where it is missing; its name is not on the device yet, that of the folder is.</summary>
    public static void MoveInto(string path, string folder, string name)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            SyncFolder(Path.GetDirectoryName(folder)!);
        }
        File.Move(path, Path.Combine(folder, name));
    }

    /// <summary>Replaces a file by new bytes: after a loss of power there is the old one or the new one, whole.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            DeviceSync.File(file, $"The file '{temporary}'");
        }
        File.Move(temporary, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Puts the names in a folder on the device.</summary>
    public static void SyncFolder(string folder) => DeviceSync.Folder(folder);
}
