using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Weir.Mqtt.Tests.Robustness;

/// <summary>What the system can do with sockets and files that .NET does not offer (Linux).</summary>
internal static partial class Sockets
{
    private const int OpenFiles = 7;
    private const int Tcp = 6;
    private const int TcpRepair = 19;

    /// <summary>Lets this process have so many files open; false where it may not.</summary>
    public static bool AllowFiles(ulong count)
    {
        if (GetLimit(OpenFiles, out var limit) != 0) return false;
        if (limit.Now >= count) return true;
        // Whoever may (root) raises the hard limit as well.
        var raised = new Limit { Now = count, Most = Math.Max(count, limit.Most) };
        return SetLimit(OpenFiles, raised) == 0;
    }

    /// <summary>
    /// Closes a socket so that its other end hears nothing of it, as if the machine had been switched off: a socket under
    /// repair sends no FIN and no RST (tcp(7), Documentation/networking: TCP_REPAIR). False where this user may not.
    /// </summary>
    public static bool Vanish(Socket socket)
    {
        var repair = 1;
        if (SetOption((int)socket.Handle, Tcp, TcpRepair, repair, sizeof(int)) != 0) return false;
        socket.SafeHandle.Dispose();
        return true;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int option, in int value, int size);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Now;
        public ulong Most;
    }
}
