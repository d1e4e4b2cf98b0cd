using System.Diagnostics;
using Weir.Vision.Decode;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Decode;

public sealed class FfmpegProcessTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>When a process dies, the system closes its ends of all pipes and sockets; nobody is there to kill.</summary>
    [Fact]
    public async Task An_ffmpeg_whose_reader_has_gone_ends_by_itself()
    {
        var file = GreyRamp.Make(folder["ramp.mkv"], 20);
        using var socket = new OutputSocket();
        var arguments = FfmpegArguments.Build(Options(file), socket.Path);
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var picture = await socket.AcceptAsync(Eventually.Token);
        Assert.True(await process.StandardOutput.BaseStream.ReadAsync(new byte[100], Eventually.Token) > 0);

        process.StandardOutput.Close();
        process.StandardError.Close();
        await picture.DisposeAsync();

        await process.WaitForExitAsync(Eventually.Token);
        Assert.NotEqual(0, process.ExitCode);
    }

    [Fact]
    public async Task Disposing_leaves_no_process()
    {
        var file = GreyRamp.Make(folder["ramp.mkv"], 20);
        var ffmpeg = FfmpegProcess.Start("ffmpeg", Options(file), null);
        Assert.True(Directory.Exists($"/proc/{ffmpeg.Id}"));

        await ffmpeg.DisposeAsync();

        Assert.False(Directory.Exists($"/proc/{ffmpeg.Id}"));
    }

    [Fact]
    public async Task Only_the_last_complaints_are_kept_and_none_too_long()
    {
        var log = new LogTail(SourceUrl.Parse("rtsp://admin:s3cret@cam/x", out _)!);
        var lines = Enumerable.Range(1, 500).Select(n => $"[h264 @ 0x5581] [error] bad slice {n} of rtsp://admin:s3cret@cam/x {new string('x', 2000)}\n");

        await log.DrainAsync(new StringReader(string.Concat(lines) + "[info] frame= 1\n"));

        Assert.Equal(20, log.Lines.Count);
        Assert.StartsWith("error: bad slice 500 of rtsp://***@cam/x", log.Lines[^1], StringComparison.Ordinal);
        Assert.All(log.Lines, line => Assert.InRange(line.Length, 1, 600));
    }

    [Fact]
    public async Task The_duration_of_a_file_is_known()
    {
        var file = SourceUrl.Parse(GreyRamp.Make(folder["ramp.mkv"], 15), out _)!;

        Assert.Equal(TimeSpan.FromSeconds(1.5), await MediaProbe.DurationAsync("ffprobe", file, Eventually.Token));
        Assert.Null(await MediaProbe.DurationAsync("ffprobe", SourceUrl.Parse(folder["none.avi"], out _)!, Eventually.Token));
        Assert.Null(await MediaProbe.DurationAsync(folder["no-ffprobe"], file, Eventually.Token));
    }

    private static DecodeOptions Options(string file) => new()
    {
        Source = SourceUrl.Parse(file, out _)!,
        Input = TinyModel.Description.Input,
        Loop = true,
        OwnSpeed = true,
        PictureWidth = 64,
    };
}
