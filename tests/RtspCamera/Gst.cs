using System.Runtime.InteropServices;

namespace Weir.RtspCamera;

/// <summary>The few functions of GLib, GStreamer and its RTSP server that a camera needs.</summary>
internal static partial class Gst
{
    private const string Server = "libgstrtspserver-1.0.so.0";
    private const string Core = "libgstreamer-1.0.so.0";
    private const string GLib = "libglib-2.0.so.0";
    private const string GObject = "libgobject-2.0.so.0";

    [LibraryImport(Core, EntryPoint = "gst_init")]
    public static partial void Initialise(nint count, nint arguments);

    [LibraryImport(GLib, EntryPoint = "g_main_loop_new")]
    public static partial nint NewMainLoop(nint context, int isRunning);

    [LibraryImport(GLib, EntryPoint = "g_main_loop_run")]
    public static partial void RunMainLoop(nint loop);

    [LibraryImport(GObject, EntryPoint = "g_object_unref")]
    public static partial void Release(nint instance);

    [LibraryImport(Server, EntryPoint = "gst_rtsp_server_new")]
    public static partial nint NewServer();

    [LibraryImport(Server, EntryPoint = "gst_rtsp_server_set_address", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetAddress(nint server, string address);

    [LibraryImport(Server, EntryPoint = "gst_rtsp_server_set_service", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetPort(nint server, string port);

    [LibraryImport(Server, EntryPoint = "gst_rtsp_server_attach")]
    public static partial uint Attach(nint server, nint context);

    [LibraryImport(Server, EntryPoint = "gst_rtsp_server_get_mount_points")]
    public static partial nint GetMountPoints(nint server);

    [LibraryImport(Server, EntryPoint = "gst_rtsp_media_factory_new")]
    public static partial nint NewFactory();

    [LibraryImport(Server, EntryPoint = "gst_rtsp_media_factory_set_launch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetLaunch(nint factory, string launch);

    [LibraryImport(Server, EntryPoint = "gst_rtsp_mount_points_add_factory", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void AddFactory(nint mountPoints, string path, nint factory);
}
