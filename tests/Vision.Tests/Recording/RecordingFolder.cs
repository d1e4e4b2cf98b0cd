using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Weir.Streams;
using Weir.Streams.SegmentLog;
using Weir.Vision.Recording;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Store;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Recording;

/// <summary>A stream store in a folder of its own, with what tests of recording do to it.</summary>
internal sealed class RecordingFolder : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TestFolder folder = new();
    private readonly string storeFolder;

    public RecordingFolder(string? storeFolder = null)
    {
        this.storeFolder = storeFolder ?? folder["streams"];
        Streams = Open();
    }

    public SegmentLogStore Streams { get; private set; }

    public TestFolder Files => folder;

    public VideoStore Video => VideoStore.OfCamera(Streams, "yard");

    public static RecorderOptions Options(string url) => new()
    {
        Camera = "yard",
        Url = url,
        StaleAfter = TimeSpan.FromSeconds(30),
        StartTimeout = TimeSpan.FromSeconds(60),
        RestartAfter = TimeSpan.FromMilliseconds(50),
        RestartAtMost = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>Video at ten pictures a second with a keyframe each second; moving, and every picture different.</summary>
    public string Coded(string name, int seconds, string size = "320x240", string source = "testsrc2", string encoder = "libx264")
    {
        Ffmpeg.Run(
            "-f", "lavfi", "-i", $"{source}=s={size}:r=10", "-t", seconds.ToString(CultureInfo.InvariantCulture), "-c:v", encoder, "-preset", "ultrafast",
            "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-g", "10", "-sc_threshold", "0", folder[name]);
        return folder[name];
    }

    public async Task ReopenAsync()
    {
        await Streams.DisposeAsync();
        Streams = Open();
    }

    public async Task<IReadOnlyList<IndexEntry>> EntriesAsync() => await Video.ReadAsync(0, long.MaxValue);

    public async Task<IReadOnlyList<IndexEntry>> FragmentsAsync() => [.. (await EntriesAsync()).Where(entry => entry.Kind == IndexEntryKind.Fragment)];

    /// <summary>Waits until what is stored is as wanted.</summary>
    public async Task<IReadOnlyList<IndexEntry>> UntilAsync(Recorder recorder, Func<IReadOnlyList<IndexEntry>, bool> wanted)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var entries = await EntriesAsync();
            if (wanted(entries)) return entries;
            Assert.True(clock.Elapsed < Patience, $"It is not as it should be: {recorder.Status}\n{string.Join('\n', entries)}");
            await Task.Delay(50);
        }
    }

    public static async Task UntilAsync(Recorder recorder, Func<RecorderStatus, bool> wanted)
    {
        var clock = Stopwatch.StartNew();
        while (!wanted(recorder.Status))
        {
            Assert.True(clock.Elapsed < Patience, $"It is not as it should be: {recorder.Status}");
            await Task.Delay(20);
        }
    }

    /// <summary>What ffprobe says of the video of some entries, as one file: it finds no fault, or the test fails.</summary>
    public async Task<Probe> ProbeAsync(IReadOnlyList<IndexEntry> entries)
    {
        var file = new MemoryStream();
        file.Write(await Video.ReadInitAsync(entries[0].Position) ?? throw new InvalidOperationException("It has no initialisation."));
        foreach (var entry in entries) file.Write(await Video.ReadFragmentsAsync(entry.Position, 1) ?? throw new InvalidOperationException("A fragment is gone."));
        return Probe.Of(folder.Write($"probe-{Guid.NewGuid():N}.mp4", file.ToArray()));
    }

    public async ValueTask DisposeAsync()
    {
        await Streams.DisposeAsync();
        folder.Dispose();
    }

    private SegmentLogStore Open() => new(new SegmentLogOptions { Directory = storeFolder });
}

/// <summary>Gives every connection the same bytes, at once or over a time, and then holds it open in silence.</summary>
internal sealed class BytesServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;
    private readonly List<TcpClient> open = [];

    private const int Pieces = 40;

    public BytesServer(byte[] bytes, TimeSpan over = default)
    {
        listener.Start();
        serving = ServeAsync([.. bytes.Chunk(bytes.Length / Pieces + 1)], over / Pieces);
    }

    public string Url => $"tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Ends the connections that are open.</summary>
    public void HangUp()
    {
        lock (open)
        {
            foreach (var one in open) one.Dispose();
            open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        HangUp();
        listener.Dispose();
        stop.Dispose();
    }

    private async Task ServeAsync(byte[][] pieces, TimeSpan pause)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptTcpClientAsync(stop.Token);
                lock (open) open.Add(connection);
                try
                {
                    foreach (var piece in pieces)
                    {
                        await connection.GetStream().WriteAsync(piece, stop.Token);
                        await Task.Delay(pause, stop.Token);
                    }
                }
                catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException)
                {
                    // It has gone; the next one may come.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
