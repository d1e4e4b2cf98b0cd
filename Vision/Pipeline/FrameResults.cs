using Weir.Vision.Decode;
using Weir.Vision.Models;

namespace Weir.Vision.Pipeline;

/// <summary>Takes the frames of one run of the decoder through the analysis, and puts together what is told of each.</summary>
internal sealed class FrameResults(CameraParts camera, FrameIntake intake)
{
    private static readonly TimeSpan PictureDelay = TimeSpan.FromSeconds(2);

    /// <summary>The size of the source's pictures, once known.</summary>
    public PictureSize? Picture { get; private set; }

    /// <summary>Works until no more frames come.</summary>
    /// <param name="log">Tells the size of the source's pictures.</param>
    /// <param name="duration">How long the file plays; null where there is none, or it is not known.</param>
    /// <param name="ending">Ends it.</param>
    public async Task MakeAsync(LogTail log, Task<TimeSpan?> duration, CancellationToken ending)
    {
        TimeSpan? length = null;
        await foreach (var frame in intake.Frames.ReadAllAsync(ending).ConfigureAwait(false))
        {
            var found = await LookAsync(frame, log, ending).ConfigureAwait(false);
            if (found is null or { IsStill: true }) camera.Counters.Rest();
            else camera.Counters.Detection(found.Inference);
            if (duration.IsCompletedSuccessfully) length ??= await duration.ConfigureAwait(false);
            if (found is not null)
            {
                var jpeg = camera.Options.JpegWidth > 0 ? await PictureOfAsync(frame, ending).ConfigureAwait(false) : default;
                FrameAnalysis.KeepBest(found.Seen, frame.Time, frame.Number, jpeg);
                await camera.Results.WriteAsync(ResultOf(frame, found, jpeg, length), ending).ConfigureAwait(false);
            }
            camera.Counters.LastResult = frame.Number;
        }
    }

    private async Task<FrameFindings?> LookAsync(DecodedFrame frame, LogTail log, CancellationToken ending)
    {
        try
        {
            Picture ??= await log.SizeAsync(camera.Time, ending).ConfigureAwait(false);
            return await camera.Analysis.LookAsync(
                frame.Input, Picture.Value, frame.Time,
                () => camera.FullFrames.WaitAsync(frame.Number, frame.MediaTime, PictureDelay, camera.Time, ending), ending).ConfigureAwait(false);
        }
        finally
        {
            camera.Inputs.Return(frame.Input);
            camera.FullFrames.Drop(frame.Number);
        }
    }

    private FrameResult ResultOf(DecodedFrame frame, FrameFindings found, ReadOnlyMemory<byte> jpeg, TimeSpan? length) => new()
    {
        CameraId = camera.Options.Id,
        FrameNumber = frame.Number,
        FrameTime = frame.Time,
        IngestTime = frame.Arrival,
        MediaTime = frame.MediaTime,
        Position = length is { } known ? frame.MediaTime % (long)known.TotalMicroseconds : null,
        Picture = Picture!.Value,
        Model = found.Model.Name,
        ModelVersion = found.Model.Version,
        Detections = found.Objects,
        IsStill = found.IsStill,
        Motion = found.Motion,
        Events = found.Events,
        EndedTracks = [.. found.Ended.Select(TrackMapping.Of)],
        Jpeg = jpeg,
        InferenceMilliseconds = found.Inference.TotalMilliseconds,
        Skipped = frame.Number - camera.Counters.LastResult - 1,
        GapBefore = intake.TakeGap(),
    };

    private async ValueTask<ReadOnlyMemory<byte>> PictureOfAsync(DecodedFrame frame, CancellationToken ending)
    {
        if (await camera.Pictures.WaitAsync(frame.Number, PictureDelay, camera.Time, ending).ConfigureAwait(false) is not { } picture)
            return default;
        return picture.MediaTime == frame.MediaTime
            ? picture.Jpeg
            : throw new DecodeException(
                $"Pictures and frames are out of step: frame {frame.Number} is of {frame.MediaTime} µs, "
                + $"its picture of {picture.MediaTime} µs.");
    }
}
