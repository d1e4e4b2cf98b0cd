using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Weir.Mqtt.Tests.Robustness;

/// <summary>
/// Many clients in a process of their own: broker and clients in one would need twice as many open files as a process is
/// usually allowed. It does what the lines of its standard input say, and answers each with a line.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    private readonly Process process;

    private Crowd(Process process) => this.process = process;

    /// <summary>Starts the process; its clients connect when <see cref="DoAsync"/> says <c>connect</c>.</summary>
    public static Crowd Start(int port, int count)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(Crowd).Assembly.Location);
        foreach (var argument in (string[])["crowd", $"{port}", $"{count}"]) start.ArgumentList.Add(argument);
        return new Crowd(Process.Start(start)!);
    }

    /// <summary>
    /// <c>connect</c>: all connect and are answered. <c>ask</c>: every hundredth sends PINGREQ and is answered. <c>break</c>:
    /// all break at once. Fails with what went wrong there.
    /// </summary>
    public async Task DoAsync(string what)
    {
        await process.StandardInput.WriteLineAsync(what);
        var answer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("done", answer);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>The process itself.</summary>
    public static int Run(int port, int count)
    {
        List<Socket> sockets = [];
        while (Console.ReadLine() is { } what)
        {
            try
            {
                if (what == "connect") sockets = Connect(port, count);
                else if (what == "ask") Ask(sockets);
                else Break(sockets);
                Console.WriteLine("done");
            }
            catch (Exception fault)
            {
                Console.WriteLine($"{what} with {sockets.Count} sockets: {fault.Message}");
            }
        }
        return 0;
    }

    private static List<Socket> Connect(int port, int count)
    {
        var sockets = new List<Socket>(count);
        foreach (var part in Enumerable.Range(0, count).Chunk(200))
        {
            foreach (var i in part)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(IPAddress.Loopback, port);
                socket.Send(RawConnection.Bytes(TestBroker.Login(null, null, MqttVersion.V311, $"crowd-{i}"), MqttVersion.V311));
                sockets.Add(socket);
            }
            foreach (var socket in sockets[^part.Length..]) Expect(socket, [0x20, 2, 0, 0]);
        }
        return sockets;
    }

    private static void Ask(List<Socket> sockets)
    {
        foreach (var socket in sockets.Where((_, i) => i % 100 == 0))
        {
            socket.Send([0xC0, 0]);
            Expect(socket, [0xD0, 0]);
        }
    }

    private static void Break(List<Socket> sockets)
    {
        foreach (var socket in sockets)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
        sockets.Clear();
    }

    private static void Expect(Socket socket, byte[] expected)
    {
        socket.ReceiveTimeout = 120_000;
        var got = new byte[expected.Length];
        for (var filled = 0; filled < got.Length;)
        {
            var size = socket.Receive(got.AsSpan(filled));
            if (size == 0) throw new IOException("The broker has closed a connection.");
            filled += size;
        }
        if (!got.AsSpan().SequenceEqual(expected)) throw new IOException($"{Convert.ToHexString(expected)} was expected, but {Convert.ToHexString(got)} came.");
    }
}
