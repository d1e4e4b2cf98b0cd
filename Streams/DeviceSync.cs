using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weir.Streams;

/// <summary>
/// Brings files and the names in folders to the device, by asking the system itself:
/// <see cref="RandomAccess.FlushToDisk"/> passes over what fsync answers on Unix, EIO among it, and what was acknowledged
/// would not have been there. Thread-safe.
/// </summary>
public static partial class DeviceSync
{
    /// <summary>Brings a file's bytes to the device.</summary>
    /// <param name="file">The file, open.</param>
    /// <param name="name">What an error calls it, such as <c>The file '/data/x'</c>.</param>
    /// <exception cref="IOException">The device did not take all of it.</exception>
    public static void File(SafeFileHandle file, string name)
    {
        if (OperatingSystem.IsWindows()) RandomAccess.FlushToDisk(file);
        else if (FSync(file) != 0) throw Failed(name);
    }

    /// <summary>Brings the names in a folder to the device. Windows keeps them with the files and has no such call.</summary>
    /// <exception cref="IOException">The folder cannot be opened, or the device did not take it.</exception>
    public static void Folder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0) throw Failed($"The folder '{folder}'");
        try
        {
            if (FSync(descriptor) != 0) throw Failed($"The folder '{folder}'");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failed(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what} could not be synced: {new Win32Exception(error).Message}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
