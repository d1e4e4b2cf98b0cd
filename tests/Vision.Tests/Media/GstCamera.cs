using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Weir.Vision.Tests.Media;

/// <summary>
/// A real RTSP server: GStreamer's, as a process of its own, which can be killed as a camera can lose its power. It gives
/// every viewer a file from its beginning.
/// </summary>
internal sealed class GstCamera : IDisposable
{
    private static readonly string Program =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../RtspCamera", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "Weir.RtspCamera"));

    private readonly string file;
    private readonly int port;
    private Process? process;

    /// <param name="file">An MP4 file with H.264.</param>
    public GstCamera(string file)
    {
        Assert.SkipUnless(Directory.EnumerateDirectories("/usr/lib").Any(folder => File.Exists(Path.Combine(folder, "libgstrtspserver-1.0.so.0"))),
            "GStreamer's RTSP server is not here; ./test.sh installs it where apt-get can.");
        this.file = file;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Start();
    }

    public string Url => $"rtsp://127.0.0.1:{port}/camera";

    /// <summary>Switches the camera on.</summary>
    public void Start()
    {
        process = Process.Start(new ProcessStartInfo(Program, [file, port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        Assert.Equal("ready", process.StandardOutput.ReadLine());
    }

    /// <summary>Takes its power away.</summary>
    public void Stop()
    {
        if (process is null) return;
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    public void Dispose() => Stop();
}
