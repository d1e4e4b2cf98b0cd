using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Weir.Grains.Interfaces.Cameras;

namespace Weir.Silo.Live;

/// <summary>
/// Writes pictures as MJPEG: one response of many parts, each of which takes the place of the one before
/// (<c>multipart/x-mixed-replace</c>), as browsers show in an <c>img</c> and video players play.
/// </summary>
internal static class MjpegStream
{
    private const string Boundary = "weir-picture";

    /// <summary>What waits in the system for a slow viewer is old by the time it is shown: not more than a picture or two.</summary>
    private const int SendBufferBytes = 128 << 10;

    /// <summary>A camera that stands still sends its last picture again, so that a viewer that has gone is noticed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);

    /// <summary>Writes until the camera is there no more, the viewer has gone, or <paramref name="stop"/> is cancelled.</summary>
    /// <param name="context">The viewer's request.</param>
    /// <param name="feed">The camera.</param>
    /// <param name="maxRate">Most pictures a second; null for all.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task WriteAsync(HttpContext context, CameraFeed feed, double? maxRate, CancellationToken stop)
    {
        context.Response.ContentType = $"multipart/x-mixed-replace; boundary={Boundary}";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket) socket.SendBufferSize = SendBufferBytes;
        try
        {
            await WritePartsAsync(context.Response, feed, maxRate is { } rate ? TimeSpan.FromSeconds(1 / rate) : TimeSpan.Zero, stop);
        }
        catch (OperationCanceledException)
        {
            // The viewer has gone, or the site stops.
        }
    }

    private static async Task WritePartsAsync(HttpResponse response, CameraFeed feed, TimeSpan interval, CancellationToken stop)
    {
        var writer = response.BodyWriter;
        writer.Write(Encoding.ASCII.GetBytes($"--{Boundary}\r\n"));
        var (flushed, shown) = (await writer.FlushAsync(stop), (LivePicture?)null);
        while (!flushed.IsCompleted && await feed.NextAsync(shown, Again, stop) is { } picture)
        {
            var pause = Task.Delay(interval, stop);
            writer.Write(Encoding.ASCII.GetBytes(HeadOf(picture)));
            writer.Write(picture.Jpeg.Span);
            // The boundary comes with the picture, not before the next one: who waits for it shows a picture too late.
            writer.Write(Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\n"));
            // Waits while the viewer is slower than the pictures come; those that come meanwhile are left out.
            flushed = await writer.FlushAsync(stop);
            shown = picture;
            await pause;
        }
    }

    /// <summary>As other cameras have it, <c>X-Timestamp</c> is when the picture came, in seconds since 1970.</summary>
    private static string HeadOf(LivePicture picture) => string.Create(CultureInfo.InvariantCulture,
        $"Content-Type: image/jpeg\r\nContent-Length: {picture.Jpeg.Length}\r\nX-Timestamp: {picture.IngestTime / 1_000_000}.{picture.IngestTime % 1_000_000:000000}\r\nX-Frame-Number: {picture.FrameNumber}\r\n\r\n");
}
