using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Weir.Vision.Tests.Media;

/// <summary>A camera that is seen by HTTP: <c>/video.mjpg</c> as MJPEG, and <c>/hls/live.m3u8</c>.</summary>
internal sealed class WebCamera : IAsyncDisposable
{
    private readonly WebApplication application;

    private WebCamera(WebApplication application) => this.application = application;

    public string Address => application.Urls.First();

    public static async Task<WebCamera> StartAsync(TestFolder folder)
    {
        string[] source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-t", "3"];
        var motion = Ffmpeg.Run([.. source, "-c:v", "mjpeg", "-f", "mpjpeg", "-"]);
        Ffmpeg.Run([.. source, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", folder["live.m3u8"]]);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder.Path), RequestPath = "/hls", ServeUnknownFileTypes = true });
        application.MapGet("/video.mjpg", async context =>
        {
            context.Response.ContentType = "multipart/x-mixed-replace;boundary=ffmpeg";
            await context.Response.Body.WriteAsync(motion, context.RequestAborted);
            // A camera does not hang up.
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await application.StartAsync();
        return new WebCamera(application);
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();
}
