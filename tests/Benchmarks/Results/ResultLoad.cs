using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Weir.Database.Detections;
using Weir.Database.Sinks;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Results;
using Weir.Streams;
using Weir.Streams.Provider;

namespace Weir.Benchmarks.Results;

/// <summary>Detections as cameras publish them: a hundred cameras, five objects a frame.</summary>
internal sealed class ResultLoad
{
    public const int Cameras = 100;
    public const int ObjectsAFrame = 5;
    public const long Week = 7L * 86_400_000_000;

    /// <summary>Microseconds from frame to frame of all cameras, where each gives ten a second.</summary>
    public const double LiveStep = 1_000;

    /// <summary>When the first frame was taken, in microseconds since 1970-01-01 UTC.</summary>
    public const long Start = 1_790_000_000_000_000;

    private static readonly string[] Classes = ["person", "car", "truck", "bus", "bicycle", "dog", "cat", "motorcycle", "backpack", "umbrella"];

    private readonly ProviderQueues queues = ProviderQueues.Of(
        new ServiceCollection().AddOptions().BuildServiceProvider(), DetectionStreams.Provider);

    /// <summary>What a site decodes them with.</summary>
    public IResultDecoder Decoder => new ResultDecoder(queues);

    public static string Camera(int number) => $"camera-{number:000}";

    public static string Class(int number) => Classes[number % Classes.Length];

    /// <summary>A frame.</summary>
    /// <param name="number">Its number among those of all cameras.</param>
    /// <param name="step">Microseconds from each to the next.</param>
    public static FrameDetections Frame(long number, double step)
    {
        var random = new Random((int)number);
        return new FrameDetections
        {
            Camera = Camera((int)(number % Cameras)), FrameNumber = number / Cameras, FrameTime = Start + (long)(number * step),
            Model = "centernet", ModelVersion = "1.0", InferenceMilliseconds = 12.5,
            Detections = [.. Enumerable.Range(0, ObjectsAFrame).Select(_ =>
            {
                // Few classes are frequent, most are rare.
                var name = Classes[(int)(Classes.Length * Math.Pow(random.NextDouble(), 3))];
                var (left, top) = (random.NextSingle() * 0.8f, random.NextSingle() * 0.8f);
                return new Detection(name, random.NextSingle(), new Box(left, top, left + 0.2f, top + 0.2f));
            })],
        };
    }

    /// <summary>Appends frames to a stream, in the bytes in which a stream provider has them.</summary>
    public static async Task AppendAsync(IStreamStore store, StreamName stream, int frames)
    {
        var serializer = new JsonStreamEventSerializer();
        await using var writer = await store.OpenWriterAsync(stream, Guid.NewGuid());
        foreach (var chunk in Enumerable.Range(0, frames).Chunk(500))
        {
            await writer.AppendAsync(new EventBatch(chunk.Select(number =>
            {
                var frame = Frame(number, LiveStep);
                using var payload = new PooledBufferWriter();
                QueueEvent.Write(payload, StreamId.Create(DetectionStreams.Namespace, frame.Camera), [frame], null, serializer);
                return new StreamEvent(payload.Written.ToArray(), frame.FrameTime);
            }).ToArray()));
        }
    }

    /// <summary>The rows of a frame as the table has them, some with zone, track and a plate.</summary>
    public static IEnumerable<DetectionRow> Rows(long number, double step)
    {
        var frame = Frame(number, step);
        return frame.Detections.Select((detection, index) => new DetectionRow
        {
            FrameTime = frame.FrameTime, StreamNo = 1, StreamPosition = number, Idx = index, Camera = frame.Camera, FrameNumber = frame.FrameNumber,
            Model = frame.Model, ModelVersion = frame.ModelVersion, Class = detection.Class, Score = detection.Score, BoxLeft = detection.Box.Left,
            BoxTop = detection.Box.Top, BoxRight = detection.Box.Right, BoxBottom = detection.Box.Bottom, Track = number / 5_000 * 10 + index,
            Zone = index == 0 ? $"zone-{number % Cameras}" : null, ReadText = number % 20 == 0 && index == 1 ? $"B AB {number / 20 % 10_000}" : null,
            StoredAt = frame.FrameTime,
        });
    }
}
