using Microsoft.Extensions.Logging;
using Weir.Database.Evidence;
using Weir.Vision.Pictures;
using Weir.Vision.Pipeline;

namespace Weir.Grains.Cameras;

/// <summary>
/// Puts pictures into the evidence of the database. A picture that cannot be kept is told in the log; what it belongs to
/// goes on without it. May be called from any thread.
/// </summary>
internal sealed partial class EvidenceKeeper(EvidenceStore store, ILogger<EvidenceKeeper> logger)
{
    private const string Jpeg = "image/jpeg";

    /// <summary>A track's best picture, cut out, and the frame it is from.</summary>
    /// <returns>Their names; null for one that is not kept.</returns>
    public async Task<(string? Picture, string? Frame)> KeepAsync(string camera, EndedTrack track)
    {
        if (track.BestJpeg.IsEmpty) return default;
        try
        {
            // Some milliseconds of work, which are none of the grain's.
            var cut = await Task.Run(() => JpegCrop.Cut(track.BestJpeg, track.BestBox));
            if (cut.IsEmpty) return (null, await store.PutAsync(track.BestJpeg, Jpeg));
            var names = await store.PutAsync([cut, track.BestJpeg], Jpeg);
            return (names[0], names[1]);
        }
        catch (Exception e)
        {
            LogNotKept(logger, camera, e);
            return default;
        }
    }

    /// <summary>A frame.</summary>
    /// <returns>Its name; null where it is not kept.</returns>
    public async Task<string?> KeepAsync(string camera, ReadOnlyMemory<byte> jpeg)
    {
        if (jpeg.IsEmpty) return null;
        try
        {
            return await store.PutAsync(jpeg, Jpeg);
        }
        catch (Exception e)
        {
            LogNotKept(logger, camera, e);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A picture of camera {Camera} could not be kept as evidence.")]
    private static partial void LogNotKept(ILogger logger, string camera, Exception fault);
}
