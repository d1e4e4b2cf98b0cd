using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Weir.Vision.Tests.Media;

/// <summary>
/// An RTSP camera for one viewer after the other: it asks for a password, and sends H.264 within the control
/// connection. ffmpeg makes the RTP packets; this passes them on.
/// </summary>
internal sealed class RtspServer : IAsyncDisposable
{
    private const string Basic = "Basic YWRtaW46czNjcmV0d29yZA==";
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly UdpClient packets = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new();
    private readonly Process encoder;
    private readonly Task serving;
    private string session = "";

    public RtspServer(TestFolder folder)
    {
        listener.Start();
        var rtp = ((IPEndPoint)packets.Client.LocalEndPoint!).Port;
        var description = folder["camera.sdp"];
        encoder = Process.Start("ffmpeg",
        [
            "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10",
            "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "10", "-flags", "+global_header",
            "-sdp_file", description, "-f", "rtp", $"rtp://127.0.0.1:{rtp}?rtcpport={rtp}&pkt_size=1200",
        ]);
        serving = Task.Run(() => ServeAsync(description, stop.Token));
    }

    /// <summary>With the user and password that the server wants.</summary>
    public string Url => $"rtsp://admin:s3cretword@127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/camera";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        encoder.Kill();
        await encoder.WaitForExitAsync();
        encoder.Dispose();
        listener.Dispose();
        packets.Dispose();
        stop.Dispose();
    }

    private async Task ServeAsync(string description, CancellationToken cancellationToken)
    {
        try
        {
            while (!File.Exists(description) || !File.ReadAllText(description).Contains("sprop", StringComparison.Ordinal)) await Task.Delay(20, cancellationToken);
            session = Session(File.ReadAllText(description));
            while (true)
            {
                using var viewer = await listener.AcceptTcpClientAsync(cancellationToken);
                try
                {
                    if (await NegotiateAsync(viewer.GetStream(), cancellationToken))
                        await SendAsync(viewer.GetStream(), cancellationToken);
                }
                catch (IOException)
                {
                    // The viewer has gone; the next one may come.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <returns>Whether the viewer has come as far as PLAY.</returns>
    private async Task<bool> NegotiateAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } request)
        {
            var (method, sequence, allowed) = (request.Split(' ')[0], "0", false);
            while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } header)
            {
                if (header.StartsWith("CSeq:", StringComparison.OrdinalIgnoreCase)) sequence = header[5..].Trim();
                allowed |= header == $"Authorization: {Basic}";
            }
            var answer = method switch
            {
                "OPTIONS" => "200 OK\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN",
                _ when !allowed => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"",
                "DESCRIBE" => string.Create(CultureInfo.InvariantCulture, $"200 OK\r\nContent-Type: application/sdp\r\nContent-Length: {session.Length}"),
                "SETUP" => "200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1",
                _ => "200 OK\r\nSession: 1",
            };
            var body = method == "DESCRIBE" && allowed ? session : "";
            var lines = answer.Split("\r\n", 2);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"RTSP/1.0 {lines[0]}\r\nCSeq: {sequence}\r\n{(lines.Length > 1 ? lines[1] + "\r\n" : "")}\r\n{body}"), cancellationToken);
            if (method == "PLAY" && allowed) return true;
        }
        return false;
    }

    /// <summary>
    /// Each packet with "$", its channel and its length before it (RFC 2326, 10.12). RTCP has types from 200 on.
    /// </summary>
    private async Task SendAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var packet = (await packets.ReceiveAsync(cancellationToken)).Buffer;
            byte channel = packet[1] is >= 200 and <= 204 ? (byte)1 : (byte)0;
            await stream.WriteAsync((byte[])[(byte)'$', channel, (byte)(packet.Length >> 8), (byte)packet.Length, .. packet], cancellationToken);
        }
    }

    private static string Session(string description) =>
        string.Join("\r\n", description.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line != "SDP:")
            .Select(line => line.StartsWith("m=video ", StringComparison.Ordinal) ? "m=video 0 " + line.Split(' ', 3)[2] : line)) + "\r\na=control:track1\r\n";
}
