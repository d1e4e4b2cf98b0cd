using System.Globalization;
using Weir.RtspCamera;

// Weir.RtspCamera FILE.mp4 PORT: serves the H.264 of a file at rtsp://127.0.0.1:PORT/camera, from its beginning for every
// viewer. It says "ready" and runs until it is killed, as a camera does.
var (file, port) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture));
Gst.Initialise(0, 0);
var loop = Gst.NewMainLoop(0, 0);
var server = Gst.NewServer();
Gst.SetAddress(server, "127.0.0.1");
Gst.SetPort(server, port.ToString(CultureInfo.InvariantCulture));
var mountPoints = Gst.GetMountPoints(server);
var factory = Gst.NewFactory();
Gst.SetLaunch(factory, $"( filesrc location={file} ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )");
Gst.AddFactory(mountPoints, "/camera", factory);
Gst.Release(mountPoints);
if (Gst.Attach(server, 0) == 0)
{
    Console.Error.WriteLine($"Port {port} cannot be listened on.");
    return 1;
}
Console.WriteLine("ready");
Gst.RunMainLoop(loop);
return 0;
