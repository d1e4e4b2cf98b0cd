using System.Net;

namespace Weir.EndToEnd.Tests;

/// <summary>A camera behind HTTP that wants to know who asks: MPEG-TS at the speed of a camera, to as many as ask.</summary>
internal sealed class PasswordCamera : IAsyncDisposable
{
    public const string Password = "swordfish42";

    private const int Seconds = 60;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly int port = FreePort.Next();
    private readonly HttpListener listener = new();
    private readonly CancellationTokenSource stop = new();
    private readonly byte[] video;
    private readonly Task serving;

    public PasswordCamera()
    {
        video = Ffmpeg.Run("-i", NumberedVideo.Make(), "-t", $"{Seconds}", "-c", "copy", "-f", "mpegts", "-");
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.AuthenticationSchemes = AuthenticationSchemes.Basic;
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    public string Url => $"http://viewer:{Password}@127.0.0.1:{port}/live.ts";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Close();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var viewers = new List<Task>();
        try
        {
            while (true) viewers.Add(SendAsync(await listener.GetContextAsync()));
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
        await Task.WhenAll(viewers);
    }

    private async Task SendAsync(HttpListenerContext context)
    {
        try
        {
            if (context.User?.Identity is not HttpListenerBasicIdentity { Name: "viewer", Password: Password })
            {
                context.Response.StatusCode = 401;
                context.Response.Close();
                return;
            }
            context.Response.ContentType = "video/mp2t";
            context.Response.SendChunked = true;
            foreach (var piece in video.Chunk((int)(video.Length * Pause.TotalSeconds / Seconds)))
            {
                await context.Response.OutputStream.WriteAsync(piece, stop.Token);
                await context.Response.OutputStream.FlushAsync(stop.Token);
                await Task.Delay(Pause, stop.Token);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or OperationCanceledException or IOException)
        {
            // The viewer has gone.
        }
    }
}
