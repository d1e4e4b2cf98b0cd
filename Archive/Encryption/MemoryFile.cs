using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weir.Archive.Encryption;

/// <summary>
/// A file without a disk: DuckDB writes plain Parquet into it, or reads it from there, and only the encrypted form is
/// ever stored.
/// </summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle handle;

    /// <exception cref="IOException">The system gives none.</exception>
    public MemoryFile()
    {
        var descriptor = Create("weir-parquet", CloseOnExec);
        if (descriptor < 0) throw new IOException($"The system gives no file in memory: error {Marshal.GetLastPInvokeError()}.");
        handle = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>A path under which this process can open it.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}");

    /// <summary>How much <see cref="Append"/> has written.</summary>
    public long Length { get; private set; }

    /// <summary>Writes behind what was appended before.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(handle, bytes, Length);
        Length += bytes.Length;
    }

    /// <summary>All that was written.</summary>
    public byte[] Read()
    {
        var bytes = new byte[checked((int)RandomAccess.GetLength(handle))];
        for (var at = 0; at < bytes.Length;)
        {
            var read = RandomAccess.Read(handle, bytes.AsSpan(at), at);
            if (read == 0) throw new IOException("A file in memory is shorter than it was a moment ago.");
            at += read;
        }
        return bytes;
    }

    public void Dispose() => handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(string name, uint flags);
}
