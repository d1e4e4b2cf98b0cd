using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Weir.Vision.Decode;

/// <summary>
/// Makes the pipe from ffmpeg as large as a user may have it (1 MiB by default): with the usual 64 KiB a raw frame
/// takes a dozen turns between the two processes.
/// </summary>
internal static partial class PipeSize
{
    /// <summary>F_SETPIPE_SZ of Linux, fcntl(2).</summary>
    private const int SetPipeSize = 1031;
    private const int Size = 1 << 20;

    public static void Enlarge(Stream pipe)
    {
        if (!OperatingSystem.IsLinux() || pipe is not PipeStream { SafePipeHandle: var handle }) return;
        // Where it is refused, for example as the user has too many large pipes, the usual size does.
        _ = Control(handle, SetPipeSize, Size);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeHandle file, int command, int argument);
}
