using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Weir.Streams.SegmentLog;

/// <summary>
/// Keeps a second process out of a store's folder: a file that is open without sharing, which the system lets go of
/// when the process ends, however that comes.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private const string FileName = "lock";

    // The locked file cannot be read by others, so the number of its process stands beside it.
    private const string OwnerFileName = "lock.process";

    private readonly SafeFileHandle handle;

    private StoreLock(SafeFileHandle handle) => this.handle = handle;

    public static StoreLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new StoreLockedException(folder, Holder(folder), e);
        }
        SayWhoHolds(folder);
        return new StoreLock(handle);
    }

    /// <summary>Whether the folder is the one that was locked, and not the empty place where its disk was mounted.</summary>
    public static bool IsThere(string folder) => File.Exists(Path.Combine(folder, FileName));

    public void Dispose() => handle.Dispose();

    // Only a courtesy: a disk that is full does not keep the store from being read.
    private static void SayWhoHolds(string folder)
    {
        try
        {
            Folder.Replace(
                Path.Combine(folder, OwnerFileName),
                Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), synced: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Folder.DeleteQuietly(Path.Combine(folder, OwnerFileName));
        }
    }

    private static string? Holder(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, OwnerFileName));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
