using Weir.Vision.Decode;
using Weir.Vision.Decode.Nut;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>
/// The decoder's outputs beside the frames for the model: pictures, and full frames where cascades need them, each over a
/// socket. All outputs get the same frames, so the nth of each is that of the nth frame; times are compared when they meet.
/// </summary>
/// <param name="camera">The camera.</param>
/// <param name="before">The number of the last frame before this run.</param>
internal sealed class SideOutputs(CameraParts camera, long before) : IDisposable
{
    private const int MaxJpeg = 16 << 20;
    private const int MaxFullFrame = 4096 * 4096 * 3;

    private readonly OutputSocket? pictures = camera.Options.JpegWidth > 0 ? new OutputSocket() : null;
    private readonly OutputSocket? full = camera.Analysis.NeedsFullFrames ? new OutputSocket() : null;

    /// <summary>Where pictures are to be written to; null where none are wanted.</summary>
    public string? PicturePath => pictures?.Path;

    /// <summary>Where full frames are to be written to; null where none are wanted.</summary>
    public string? FullPath => full?.Path;

    /// <summary>Reads pictures to their end.</summary>
    /// <param name="accepting">Ends the waiting for the decoder to connect.</param>
    /// <param name="ending">Ends it.</param>
    public async Task ReadPicturesAsync(CancellationToken accepting, CancellationToken ending)
    {
        if (pictures is null) return;
        await using var stream = await pictures.AcceptAsync(accepting).ConfigureAwait(false);
        var reader = new NutReader(stream, MaxJpeg);
        for (var number = before + 1; await reader.ReadHeaderAsync(ending).ConfigureAwait(false) is { } header; number++)
        {
            var jpeg = GC.AllocateUninitializedArray<byte>(header.Size);
            await reader.ReadPayloadAsync(jpeg, ending).ConfigureAwait(false);
            camera.Pictures.Add(new Picture(number, header.Time, CameraParts.Micros(camera.Time.GetUtcNow()), jpeg));
        }
    }

    /// <summary>Reads full frames to their end.</summary>
    /// <param name="log">Tells the size of the source's pictures.</param>
    /// <param name="accepting">Ends the waiting for the decoder to connect.</param>
    /// <param name="ending">Ends it.</param>
    public async Task ReadFullFramesAsync(LogTail log, CancellationToken accepting, CancellationToken ending)
    {
        if (full is null) return;
        await using var stream = await full.AcceptAsync(accepting).ConfigureAwait(false);
        var reader = new NutReader(stream, MaxFullFrame);
        for (var number = before + 1; await reader.ReadHeaderAsync(ending).ConfigureAwait(false) is { } header; number++)
        {
            var pixels = camera.FullFrames.Rent(header.Size);
            await reader.ReadPayloadAsync(pixels, ending).ConfigureAwait(false);
            var width = Math.Min(camera.Options.CascadeWidth, (await log.SizeAsync(camera.Time, ending).ConfigureAwait(false)).Width);
            camera.FullFrames.Add(number, header.Time, pixels, new PictureSize(width, header.Size / 3 / width));
        }
    }

    public void Dispose()
    {
        pictures?.Dispose();
        full?.Dispose();
    }
}
