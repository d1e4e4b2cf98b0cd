using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weir.Benchmarks.Streams;

/// <summary>What this machine's memory and disk do at most, measured beside the figures that are held against it.</summary>
internal static partial class MachineLimits
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Copies memory: bytes in a second.</summary>
    public static double CopyMemory()
    {
        var (source, target) = (new byte[64 << 20], new byte[64 << 20]);
        source.CopyTo(target, 0);
        const int Rounds = 20;
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Rounds; i++) source.CopyTo(target, 0);
        return Rounds * (double)source.Length / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Writes a file in order, and brings it to the device at the end where that is asked for: bytes in a second.</summary>
    public static double WriteFile(string path, long bytes, bool synced)
    {
        var block = new byte[BlockBytes];
        new Random(1).NextBytes(block);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var start = Stopwatch.GetTimestamp();
        for (var at = 0L; at < bytes; at += BlockBytes) RandomAccess.Write(file, block, at);
        if (synced) RandomAccess.FlushToDisk(file);
        return bytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Reads a file in order: bytes in a second.</summary>
    public static double ReadFile(string path)
    {
        var block = new byte[BlockBytes];
        using var file = File.OpenHandle(path);
        var (at, start) = (0L, Stopwatch.GetTimestamp());
        while (RandomAccess.Read(file, block, at) is var read and > 0) at += read;
        return at / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Appends 4 KiB and brings them to the device, again and again: times in a second.</summary>
    public static double Sync(string path, TimeSpan duration)
    {
        var block = new byte[4096];
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var (count, start) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            RandomAccess.Write(file, block, (long)count++ * block.Length);
            RandomAccess.FlushToDisk(file);
        }
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Makes the system forget the pages of the files in a folder, so that the next read is from the device.</summary>
    public static void ForgetPages(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(file);
            _ = Advise(file, 0, 0, DontNeed);
        }
    }

    // From fcntl.h.
    private const int DontNeed = 4;

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
