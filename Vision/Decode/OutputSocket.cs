using System.Net.Sockets;

namespace Weir.Vision.Decode;

/// <summary>
/// A local socket to which ffmpeg writes one of its outputs, as it has one stdout only. The file's mode lets nobody
/// else of this machine's users connect. When either side goes, the other sees its end closed.
/// </summary>
internal sealed class OutputSocket : IDisposable
{
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public OutputSocket()
    {
        Path = System.IO.Path.Combine(Folder(), $"weir-{Environment.ProcessId}-{Guid.NewGuid():N}.sock");
        listener.Bind(new UnixDomainSocketEndPoint(Path));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(1);
    }

    public string Path { get; }

    /// <summary>ffmpeg's connection; the caller disposes it.</summary>
    public async Task<Stream> AcceptAsync(CancellationToken cancellationToken)
    {
        var socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        File.Delete(Path);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public void Dispose()
    {
        listener.Dispose();
        File.Delete(Path);
    }

    /// <summary>The path of a socket has 107 bytes at most, so a deep temporary folder does not do.</summary>
    private static string Folder()
    {
        const int longest = 50;
        var folder = System.IO.Path.GetTempPath();
        return folder.Length <= longest ? folder : "/tmp/";
    }
}
