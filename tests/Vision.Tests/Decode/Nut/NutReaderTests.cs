using Weir.Vision.Decode.Nut;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Decode.Nut;

/// <summary>The reader on what ffmpeg really writes, whole and damaged.</summary>
public sealed class NutReaderTests
{
    private const int MaxFrame = 1 << 20;

    /// <summary>Two streams in one file: raw frames of 36,864 bytes, and JPEG of a few kilobytes; 25 frames a second.</summary>
    private static readonly Lazy<byte[]> TwoStreams = new(() => Ffmpeg.Run(
        "-f", "lavfi", "-i", "testsrc2=s=128x96:r=25", "-frames:v", "12",
        "-filter_complex", "[0:v]split[a][b];[b]scale=320:-2[c]", "-map", "[a]", "-map", "[c]",
        "-c:v:0", "rawvideo", "-pix_fmt:v:0", "rgb24", "-c:v:1", "mjpeg", "-frames:v", "12", "-f", "nut", "-"));

    private static readonly Lazy<byte[]> Small = new(() => Ffmpeg.Run(
        "-f", "lavfi", "-i", "testsrc2=s=32x16:r=25", "-frames:v", "6", "-c:v", "mjpeg", "-f", "nut", "-"));

    [Fact]
    public async Task Frames_come_with_their_bytes_and_times()
    {
        var frames = await ReadAll(TwoStreams.Value, chunk: int.MaxValue);

        var raw = Ffmpeg.Run("-f", "lavfi", "-i", "testsrc2=s=128x96:r=25", "-frames:v", "12", "-f", "rawvideo", "-pix_fmt", "rgb24", "-");
        Assert.Equal(Enumerable.Range(0, 12).Select(n => n * 40_000L), frames.Where(f => f.Stream == 0).Select(f => f.Time));
        Assert.Equal(Enumerable.Range(0, 12).Select(n => n * 40_000L), frames.Where(f => f.Stream == 1).Select(f => f.Time));
        Assert.Equal(raw, frames.Where(f => f.Stream == 0).SelectMany(f => f.Bytes));
        Assert.All(frames.Where(f => f.Stream == 1), f => Assert.True(f.Bytes is [0xFF, 0xD8, .., 0xFF, 0xD9]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task It_does_not_matter_how_the_pipe_cuts_the_bytes(int chunk)
    {
        var whole = await ReadAll(Small.Value, int.MaxValue);

        var pieces = await ReadAll(Small.Value, chunk);

        Assert.Equal(6, whole.Count);
        Assert.Equal(whole.Select(f => (f.Stream, f.Time)), pieces.Select(f => (f.Stream, f.Time)));
        Assert.Equal(whole.SelectMany(f => f.Bytes), pieces.SelectMany(f => f.Bytes));
    }

    [Fact]
    public async Task Uneven_and_microsecond_times_are_kept()
    {
        // Frames at 0, 1, 4, 9 … ms, counted in µs, as the pipeline asks ffmpeg to.
        var bytes = Ffmpeg.Run(
            "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25,settb=1/1000000,setpts=N*N*1000", "-frames:v", "30",
            "-c:v", "rawvideo", "-pix_fmt", "rgb24", "-enc_time_base", "1:1000000", "-fps_mode", "passthrough", "-write_index", "0", "-f", "nut", "-");

        Assert.Equal(Enumerable.Range(0, 30).Select(n => n * n * 1000L), (await ReadAll(bytes, int.MaxValue)).Select(f => f.Time));
    }

    [Fact]
    public async Task Headers_that_are_left_out_of_small_frames_are_put_back()
    {
        // All frames of an MP3 begin alike, and ffmpeg leaves that out of a NUT file.
        string[] sound = ["-f", "lavfi", "-i", "sine=d=1", "-c:a", "libmp3lame"];
        var bytes = Ffmpeg.Run([.. sound, "-f", "nut", "-"]);
        var raw = Ffmpeg.Run([.. sound, "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "-"]);

        var frames = await ReadAll(bytes, int.MaxValue);

        Assert.True(frames.Count > 30);
        Assert.Equal(raw, frames.SelectMany(f => f.Bytes));
        Assert.InRange(bytes.AsSpan().Count([(byte)0xFF, (byte)0xFB]), 1, 5);
    }

    [Fact]
    public async Task A_stream_that_is_cut_off_anywhere_ends_in_an_error_or_between_two_frames()
    {
        var bytes = Small.Value;
        var complete = (await ReadAll(bytes, int.MaxValue)).Count;
        var clean = 0;
        for (var length = 0; length < bytes.Length; length += length < 600 ? 1 : 13)
        {
            try
            {
                Assert.InRange((await ReadAll(bytes[..length], int.MaxValue)).Count, 0, complete);
                clean++;
            }
            catch (NutException error)
            {
                Assert.StartsWith("The decoder's output is damaged: ", error.Message, StringComparison.Ordinal);
            }
        }
        Assert.InRange(clean, 1, 40);
    }

    [Fact]
    public async Task Damaged_bytes_give_an_error_and_never_another_failure()
    {
        var random = new Random(20261122);
        var errors = 0;
        for (var round = 0; round < 3000; round++)
        {
            var bytes = (byte[])Small.Value.Clone();
            // Half of the damage goes to the headers, which most decisions hang on.
            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(round % 2 == 0 ? 400 : bytes.Length)] = (byte)random.Next(256);
            try
            {
                await ReadAll(bytes, int.MaxValue);
            }
            catch (NutException)
            {
                errors++;
            }
        }
        Assert.InRange(errors, 1000, 3000);
    }

    [Fact]
    public async Task A_frame_above_the_limit_is_refused_before_memory_is_taken()
    {
        var reader = new NutReader(new MemoryStream(TwoStreams.Value), maxFrame: 30_000);

        var error = await Assert.ThrowsAsync<NutException>(async () => await reader.ReadHeaderAsync(default));

        Assert.Contains("36864", error.Message, StringComparison.Ordinal);
        Assert.Contains("at most 30000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_than_NUT_is_refused()
    {
        var error = await Assert.ThrowsAsync<NutException>(() => ReadAll(new byte[100], int.MaxValue));

        Assert.Equal("The decoder's output is damaged: it does not begin as a NUT stream does.", error.Message);
    }

    private static async Task<List<(int Stream, long Time, byte[] Bytes)>> ReadAll(byte[] bytes, int chunk)
    {
        var reader = new NutReader(new Pieces(bytes, chunk), MaxFrame);
        var frames = new List<(int, long, byte[])>();
        while (await reader.ReadHeaderAsync(default) is { } header)
        {
            var frame = new byte[header.Size];
            await reader.ReadPayloadAsync(frame, default);
            frames.Add((header.Stream, header.Time, frame));
        }
        return frames;
    }

    /// <summary>Gives its bytes in pieces of a size, as a pipe may.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
