using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Weir.EndToEnd.Tests;

/// <summary>A part of an MJPEG stream.</summary>
internal sealed record MjpegPart(long Frame, double IngestSeconds, byte[] Jpeg);

/// <summary>Watches a camera over a connection of its own, as a client that knows nothing of Weir: HTTP, chunks and parts by hand.</summary>
internal sealed class MjpegViewer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TcpClient connection;
    private readonly BufferedStream stream;
    private int chunk;

    private MjpegViewer(TcpClient connection, BufferedStream stream) => (this.connection, this.stream) = (connection, stream);

    public static async Task<MjpegViewer> OpenAsync(SiteProcess site, string path)
    {
        // A viewer that takes little in advance.
        var connection = new TcpClient { ReceiveBufferSize = 16 << 10 };
        await connection.ConnectAsync("127.0.0.1", site.HttpPort);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{site.HttpPort}\r\n\r\n"));
        var viewer = new MjpegViewer(connection, new BufferedStream(connection.GetStream(), 4096));
        Assert.StartsWith("HTTP/1.1 200", await viewer.RawLineAsync(), StringComparison.Ordinal);
        while (await viewer.RawLineAsync() is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Type", StringComparison.OrdinalIgnoreCase))
                Assert.Equal("Content-Type: multipart/x-mixed-replace; boundary=weir-picture", header);
        }
        Assert.Equal("--weir-picture", await viewer.LineAsync());
        return viewer;
    }

    /// <summary>The next part; null where the stream has ended.</summary>
    public async Task<MjpegPart?> NextAsync()
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                headers.Add(line.Split(": ")[0], line.Split(": ")[1]);
                continue;
            }
            var jpeg = new byte[int.Parse(headers["Content-Length"], CultureInfo.InvariantCulture)];
            for (var i = 0; i < jpeg.Length; i++) jpeg[i] = (byte)await ByteAsync();
            Assert.Equal("", await LineAsync());
            Assert.Equal("--weir-picture", await LineAsync());
            Assert.Equal("image/jpeg", headers["Content-Type"]);
            return new MjpegPart(
                long.Parse(headers["X-Frame-Number"], CultureInfo.InvariantCulture), double.Parse(headers["X-Timestamp"], CultureInfo.InvariantCulture), jpeg);
        }
        return null;
    }

    public void Dispose()
    {
        stream.Dispose();
        connection.Dispose();
    }

    private async Task<string?> LineAsync()
    {
        var line = new StringBuilder();
        int read;
        while ((read = await ByteAsync()) >= 0 && read != '\n') line.Append((char)read);
        return read < 0 ? null : line.ToString().TrimEnd('\r');
    }

    /// <summary>The next byte of the body, or -1 at its end.</summary>
    private async Task<int> ByteAsync()
    {
        if (chunk == 0)
        {
            chunk = int.Parse(await RawLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (chunk == 0) return -1;
        }
        var value = await RawByteAsync();
        if (--chunk == 0) await RawLineAsync();
        return value;
    }

    private async Task<string> RawLineAsync()
    {
        var line = new StringBuilder();
        for (int read; (read = await RawByteAsync()) != '\n';) line.Append((char)read);
        return line.ToString().TrimEnd('\r');
    }

    private readonly byte[] one = new byte[1];

    private async ValueTask<int> RawByteAsync()
    {
        // A site that sends nothing any more is a fault of its own, and no reason to wait for good.
        var read = stream.ReadExactlyAsync(one);
        if (!read.IsCompleted) await read.AsTask().WaitAsync(Patience);
        else await read;
        return one[0];
    }
}
