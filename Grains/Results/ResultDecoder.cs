using Orleans.Runtime;
using Weir.Database.Detections;
using Weir.Database.Sinks;
using Weir.Database.Site;
using Weir.Grains.Interfaces.Cameras;
using Weir.Streams;
using Weir.Streams.Provider;

namespace Weir.Grains.Results;

/// <summary>
/// Turns what grains publish to the site's stream provider into rows of the database. A namespace that is none of
/// results gives none.
/// </summary>
internal sealed class ResultDecoder(ProviderQueues queues) : IResultDecoder
{
    public void Decode(in StoredEvent stored, ResultRows rows)
    {
        if (!queues.TryRead(stored.Payload.Span, out var batch)) throw new InvalidDataException("It is no event of a stream provider.");
        switch (batch.StreamId.GetNamespace())
        {
            case DetectionStreams.Namespace:
                foreach (var frame in batch.Read<FrameDetections>()) Add(frame, rows);
                break;
            case DetectionStreams.Tracks:
                foreach (var track in batch.Read<TrackSummary>()) rows.Add(SceneRows.Of(track));
                break;
            case DetectionStreams.SceneEvents:
                foreach (var happened in batch.Read<SceneEvent>()) rows.Add(SceneRows.Of(happened));
                break;
        }
    }

    public string TopicOf(in StoredEvent stored) =>
        queues.TryRead(stored.Payload.Span, out var batch) ? batch.StreamId.ToString() : "";

    private static void Add(FrameDetections frame, ResultRows rows)
    {
        if (frame.GapBefore is { } gap)
        {
            rows.Add(new GapRow
            {
                Source = $"camera/{frame.Camera}", FromTime = gap.From, ToTime = gap.To, Cause = "no-frames", Detail = gap.Reason, Noticed = frame.IngestTime,
            });
        }
        // Nothing moved: what stands there is in the rows of the frame that was looked at.
        if (frame.IsStill) return;
        foreach (var detection in frame.Detections)
        {
            rows.Add(new DetectionRow
            {
                Camera = frame.Camera,
                FrameTime = frame.FrameTime,
                FrameNumber = frame.FrameNumber,
                Model = frame.Model,
                ModelVersion = frame.ModelVersion,
                Class = detection.Class,
                Score = detection.Score,
                BoxLeft = detection.Box.Left,
                BoxTop = detection.Box.Top,
                BoxRight = detection.Box.Right,
                BoxBottom = detection.Box.Bottom,
                Track = detection.Track,
                Zone = detection.Zones.Count > 0 ? detection.Zones[0] : null,
                ReadText = SceneRows.TextOf(detection.Attributes),
                Attributes = SceneRows.JsonOf(detection.Attributes),
            });
        }
    }
}
