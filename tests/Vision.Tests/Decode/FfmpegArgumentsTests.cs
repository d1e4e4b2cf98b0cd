using Weir.Vision.Decode;
using Weir.Vision.Pipeline;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Tests.Media;
using Weir.Vision.Tests.Recording;

namespace Weir.Vision.Tests.Decode;

/// <summary>What ffmpeg is told of a source, where no test has that source itself: a camera of this machine.</summary>
public sealed class FfmpegArgumentsTests
{
    private const string Device = "/dev/video87";

    [Fact]
    public void A_camera_of_this_machine_is_read_by_Video4Linux_as_it_comes()
    {
        var arguments = FfmpegArguments.Build(new DecodeOptions { Source = SourceUrl.Parse(Device, out _)!, Input = TinyModel.Description.Input, Loop = true, OwnSpeed = true }, null);

        var input = string.Join(' ', arguments.Take(arguments.ToList().IndexOf(Device) + 1));
        Assert.Contains("-f v4l2 ", input, StringComparison.Ordinal);
        Assert.EndsWith($"-i {Device}", input, StringComparison.Ordinal);
        // These are for files, and a device refuses them.
        Assert.DoesNotContain("-re ", input, StringComparison.Ordinal);
        Assert.DoesNotContain("-stream_loop", input, StringComparison.Ordinal);
    }

    /// <summary>ffmpeg understands all of it, down to the device, which is not there.</summary>
    [Fact]
    public async Task A_camera_of_this_machine_that_is_not_there_is_told_in_ffmpegs_words()
    {
        Assert.SkipWhen(File.Exists(Device), $"{Device} is there.");
        using var folder = new TestFolder();
        using var model = TinyModel.Load(folder);
        await using var pipeline = new CameraPipeline(new CameraOptions { Id = "desk", Url = Device }, model);
        pipeline.Start();

        await Eventually.State(pipeline, CameraState.Failed);

        Assert.Contains($"{Device}: No such file or directory. This machine has ", pipeline.Status.Reason, StringComparison.Ordinal);
        var probing = await Assert.ThrowsAsync<ArgumentException>(() => SourceProbe.LookAsync(Device, RtspTransport.Tcp, TestContext.Current.CancellationToken));
        Assert.Contains($"{Device}: No such file or directory. This machine has ", probing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_camera_is_told_so()
    {
        // Opened as a camera, these take no question of Video4Linux.
        Assert.StartsWith(" It is no camera. This machine has ", VideoDevice.Hint("/dev/null"), StringComparison.Ordinal);
        using var folder = new TestFolder();
        Assert.StartsWith(" It is no camera. ", VideoDevice.Hint(folder.Write("video0", [1])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Device)]
    [InlineData("test:64x48@5")]
    public async Task What_gives_bare_pictures_cannot_be_recorded_and_says_what_to_do(string url)
    {
        await using var folder = new RecordingFolder();
        await using var recorder = new Recorder(RecordingFolder.Options(url), folder.Video);

        await RecordingFolder.UntilAsync(recorder, status => status.State == RecorderState.Failed);

        Assert.Equal($"{url} gives pictures that are not coded as video, and recording copies video as it is: set the recording's url to a stream.", recorder.Status.Reason);
    }
}
