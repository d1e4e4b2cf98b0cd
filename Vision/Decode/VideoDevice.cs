using System.Runtime.InteropServices;

namespace Weir.Vision.Decode;

/// <summary>
/// Says of a camera of this machine why it may give no pictures, where ffmpeg's words ("Inappropriate ioctl for device")
/// help nobody. What a device can do is asked of Video4Linux, whose numbers are those of linux/videodev2.h.
/// </summary>
internal static partial class VideoDevice
{
    /// <summary>VIDIOC_QUERYCAP: _IOR('V', 0, struct v4l2_capability).</summary>
    private const uint QueryCapabilities = 0x8068_5600;
    private const int StructSize = 104;
    private const int CapabilitiesAt = 84;
    private const int DeviceCapabilitiesAt = 88;
    private const uint HasDeviceCapabilities = 0x8000_0000;

    /// <summary>V4L2_CAP_VIDEO_CAPTURE and V4L2_CAP_VIDEO_CAPTURE_MPLANE.</summary>
    private const uint Captures = 0x1 | 0x1000;

    /// <summary>What may help, as a sentence with a space before it; empty where the device looks well.</summary>
    public static string Hint(string path)
    {
        if (!File.Exists(path)) return " " + Others(path);
        try
        {
            using var device = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var told = new byte[StructSize];
            if (Control(device, QueryCapabilities, told) != 0) return $" It is no camera. {Others(path)}";
            var all = BitConverter.ToUInt32(told, CapabilitiesAt);
            var own = (all & HasDeviceCapabilities) != 0 ? BitConverter.ToUInt32(told, DeviceCapabilitiesAt) : all;
            // Many cameras have a second device, for what they tell about their pictures.
            return (own & Captures) != 0 ? "" : $" It gives no pictures. {Others(path)}";
        }
        catch (UnauthorizedAccessException)
        {
            return " The user that Weir runs as may not read it: make it a member of the group 'video'.";
        }
        catch (IOException)
        {
            // Such as a camera that has just been pulled out: ffmpeg's own words say it.
            return "";
        }
    }

    private static string Others(string path)
    {
        var there = Directory.EnumerateFiles("/dev", "video*").Where(other => other != path).Order(StringComparer.Ordinal).ToList();
        return there.Count == 0 ? "This machine has no cameras." : $"This machine has {string.Join(", ", there)}.";
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(SafeHandle file, nuint request, byte[] argument);
}
