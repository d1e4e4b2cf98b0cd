using Weir.Vision.Decode;

namespace Weir.Vision.Tests.Decode;

public sealed class SourceUrlTests
{
    [Theory]
    [InlineData("rtsp://admin:s3cret%21@10.0.0.5:554/ch1?key=abcdef", "rtsp://***@10.0.0.5:554/ch1?***")]
    [InlineData("rtsp://10.0.0.5/ch1", "rtsp://10.0.0.5/ch1")]
    [InlineData("http://camera/video.mjpg?user=admin&pwd=hunter22", "http://camera/video.mjpg?***")]
    [InlineData("https://u@cam:8443/live.m3u8", "https://***@cam:8443/live.m3u8")]
    public void What_people_see_has_no_user_password_or_query(string url, string shown) =>
        Assert.Equal(shown, SourceUrl.Parse(url, out _)!.Shown);

    [Theory]
    [InlineData("Could not open rtsp://admin:s3cret%21@10.0.0.5:8554/ch1?key=abcdef: refused")]
    [InlineData("method DESCRIBE failed for s3cret%21")]
    [InlineData("the password is s3cret!")]
    [InlineData("redirected to rtsp://admin:s3cret%21@other/x")]
    [InlineData("GET /ch1?key=abcdef HTTP/1.1")]
    [InlineData("the key abcdef is wrong")]
    public void Lines_of_ffmpeg_lose_what_is_secret(string line)
    {
        var source = SourceUrl.Parse("rtsp://admin:s3cret%21@10.0.0.5:8554/ch1?key=abcdef", out _)!;

        var redacted = source.Redact(line);

        Assert.DoesNotContain("s3cret", redacted, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", redacted, StringComparison.Ordinal);
        Assert.Contains("***", redacted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty.")]
    [InlineData("concat://a|b", "but begins with 'concat://'.")]
    [InlineData("test:big", "must be test:, test:640x480 or test:640x480@15, but is 'test:big'.")]
    [InlineData("rtsp://", "must name a host after 'rtsp://'.")]
    public void What_is_no_source_is_refused(string url, string sentence)
    {
        Assert.Null(SourceUrl.Parse(url, out var fault));
        Assert.EndsWith(sentence, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtsp://admin:s3cret@cam/ch1?key=abc", "rtsp://***@cam/ch1?***", "rtsp://admin:s3cret@cam/ch1?key=abc")]
    [InlineData("rtsp://admin:s3cret@cam/ch1", "rtsp://***@cam/ch2", "rtsp://admin:s3cret@cam/ch2")]
    [InlineData("rtsp://admin:s3cret@cam/ch1", "rtsp://cam/ch2", "rtsp://cam/ch2")]
    public void A_password_that_was_hidden_comes_back(string known, string entered, string expected)
    {
        Assert.DoesNotContain("s3cret", CameraSource.Hide(known), StringComparison.Ordinal);
        Assert.Equal(expected, CameraSource.Restore(entered, known));
    }

    [Theory]
    [InlineData("rtsp://admin:s3cret@cam/ch1", "rtsp://***@other/ch1")]
    [InlineData("rtsp://admin:s3cret@cam/ch1", "rtsp://***@cam:8554/ch1")]
    [InlineData(null, "rtsp://***@cam/ch1")]
    public void A_hidden_password_goes_to_no_other_host(string? known, string entered) =>
        Assert.Throws<ArgumentException>(() => CameraSource.Restore(entered, known));

    [Theory]
    [InlineData("/dev/video0", SourceKind.Device, "/dev/video0")]
    [InlineData("test:", SourceKind.Pattern, "testsrc2=size=640x480:rate=10")]
    [InlineData("test:320x240@15", SourceKind.Pattern, "testsrc2=size=320x240:rate=15")]
    [InlineData("udp://127.0.0.1:5000", SourceKind.Other, "udp://127.0.0.1:5000")]
    public void Devices_and_patterns_are_sources(string url, object kind, string input)
    {
        var source = SourceUrl.Parse(url, out _)!;

        Assert.Equal((kind, input), ((object)source.Kind, source.Input));
    }

    [Fact]
    public void A_path_is_a_file_even_when_it_looks_like_an_option()
    {
        var source = SourceUrl.Parse("-i.avi", out _)!;

        Assert.Equal("file:" + Path.GetFullPath("-i.avi"), source.Input);
        Assert.Equal(SourceKind.File, source.Kind);
    }
}
