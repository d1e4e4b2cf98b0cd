using Weir.Vision.Pipeline;

namespace Weir.Vision.Tests.Pipeline;

public sealed class CameraOptionsTests
{
    private static readonly CameraOptions Good = new() { Id = "gate-1", Url = "rtsp://cam/1" };

    [Fact]
    public void Good_options_have_no_fault() => Assert.Empty(Good.Faults());

    public static TheoryData<CameraOptions, string> Bad => new()
    {
        { Good with { Id = "gate 1" }, "camera 'gate 1': id must have 1 to 64 letters, digits, '-', '_' or '.'." },
        { Good with { Loop = true }, "camera 'gate-1': loop is for files, but url is rtsp://cam/1." },
        { Good with { Pacing = FramePacing.Model }, "camera 'gate-1': pacing 'model' is for files, but url is rtsp://cam/1." },
        { Good with { MaxFrameRate = 500 }, "camera 'gate-1': maxFrameRate must be between 0.1 and 120, but is 500." },
        { Good with { MaxFrameRate = double.NaN }, "camera 'gate-1': maxFrameRate must be between 0.1 and 120, but is NaN." },
        { Good with { MaxFrameRate = 0.2 }, "camera 'gate-1': staleAfter must be at least two frames long at maxFrameRate 0.2, but is 00:00:05." },
        { Good with { JpegWidth = 5000 }, "camera 'gate-1': jpegWidth must be between 64 and 4,096, but is 5000." },
        { Good with { JpegQuality = 1 }, "camera 'gate-1': jpegQuality must be between 2 and 31, but is 1." },
        { Good with { PicturesKept = 0 }, "camera 'gate-1': picturesKept must be between 1 and 1,000, but is 0." },
        { Good with { ResultsWaiting = 0 }, "camera 'gate-1': resultsWaiting must be between 1 and 10,000, but is 0." },
        { Good with { Threshold = 1 }, "camera 'gate-1': threshold must be above 0 and below 1, but is 1." },
        { Good with { StaleAfter = TimeSpan.Zero }, "camera 'gate-1': staleAfter must be between 00:00:00.5000000 and 00:10:00, but is 00:00:00." },
        { Good with { RestartAfter = TimeSpan.FromMinutes(1) }, "camera 'gate-1': restartAtMost must be between 00:01:00 and 01:00:00, but is 00:00:30." },
        { Good with { Ffmpeg = " " }, "camera 'gate-1': ffmpeg must name a program, but is empty." },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_fault_is_a_sentence(CameraOptions options, string sentence) => Assert.Equal([sentence], options.Faults());
}
