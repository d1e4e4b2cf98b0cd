using Weir.Pravega.Controller.Messages;
using StreamCutMessage = Weir.Pravega.Controller.Messages.StreamCut;

namespace Weir.Pravega.Controller;

/// <summary>Between the controller's messages and what this client calls things.</summary>
internal static class ControllerMessages
{
    public static StreamInfo ToMessage(this ScopedStream stream, StreamInfo.Types.AccessOperation access = StreamInfo.Types.AccessOperation.Any) =>
        new() { Scope = stream.Scope, Stream = stream.Stream, AccessOperation = access };

    public static SegmentId ToMessage(this StreamSegment segment) =>
        new() { StreamInfo = segment.Stream.ToMessage(), SegmentId_ = segment.Id };

    public static StreamCutMessage ToMessage(this StreamCut cut)
    {
        var message = new StreamCutMessage { StreamInfo = cut.Stream.ToMessage() };
        foreach (var (segment, offset) in cut.Offsets) message.Cut.Add(segment, offset);
        return message;
    }

    // The controller names a table's stream without its ending, so the stream is the one that was asked for.
    public static SegmentRange ToRange(this Messages.SegmentRange range, ScopedStream stream) =>
        new(new StreamSegment(stream, range.SegmentId.SegmentId_), range.MinKey, range.MaxKey);

    public static IReadOnlyList<SegmentRange> ToRanges(this SegmentRanges ranges, ScopedStream stream) =>
        [.. ranges.SegmentRanges_.Select(range => range.ToRange(stream)).OrderBy(range => range.High)];

    public static StreamConfig ToMessage(this StreamConfiguration configuration, ScopedStream stream)
    {
        var message = new StreamConfig
        {
            StreamInfo = stream.ToMessage(),
            ScalingPolicy = ToMessage(configuration.Scaling),
            TimestampAggregationTimeout = (long)configuration.TimestampAggregationTimeout.TotalMilliseconds,
            RolloverSizeBytes = configuration.RolloverBytes,
        };
        if (configuration.Retention is { } retention) message.RetentionPolicy = ToMessage(retention);
        if (configuration.Tags.Count > 0)
        {
            message.Tags = new Tags();
            message.Tags.Tag.AddRange(configuration.Tags);
        }
        return message;
    }

    public static StreamConfiguration ToConfiguration(this StreamConfig message) => new()
    {
        Scaling = message.ScalingPolicy is { } scaling ? ToPolicy(scaling) : new ScalingPolicy.Fixed(1),
        Retention = message.RetentionPolicy is { } retention ? ToPolicy(retention) : null,
        Tags = message.Tags?.Tag.ToArray() ?? [],
        TimestampAggregationTimeout = TimeSpan.FromMilliseconds(message.TimestampAggregationTimeout),
        RolloverBytes = message.RolloverSizeBytes,
    };

    private static Messages.ScalingPolicy ToMessage(ScalingPolicy policy) => policy switch
    {
        ScalingPolicy.Fixed p => Scaling(Messages.ScalingPolicy.Types.ScalingPolicyType.FixedNumSegments, 0, 0, p.Segments),
        ScalingPolicy.ByDataRate p => Scaling(
            Messages.ScalingPolicy.Types.ScalingPolicyType.ByRateInKbytesPerSec, p.KilobytesPerSecond, p.Factor, p.LeastSegments),
        ScalingPolicy.ByEventRate p => Scaling(
            Messages.ScalingPolicy.Types.ScalingPolicyType.ByRateInEventsPerSec, p.EventsPerSecond, p.Factor, p.LeastSegments),
        _ => throw new ArgumentException($"There is no scaling policy {policy}.", nameof(policy)),
    };

    private static Messages.ScalingPolicy Scaling(Messages.ScalingPolicy.Types.ScalingPolicyType type, int rate, int factor, int least) =>
        new() { ScaleType = type, TargetRate = rate, ScaleFactor = factor, MinNumSegments = least };

    private static ScalingPolicy ToPolicy(Messages.ScalingPolicy message) => message.ScaleType switch
    {
        Messages.ScalingPolicy.Types.ScalingPolicyType.ByRateInKbytesPerSec =>
            new ScalingPolicy.ByDataRate(message.TargetRate, message.ScaleFactor, message.MinNumSegments),
        Messages.ScalingPolicy.Types.ScalingPolicyType.ByRateInEventsPerSec =>
            new ScalingPolicy.ByEventRate(message.TargetRate, message.ScaleFactor, message.MinNumSegments),
        _ => new ScalingPolicy.Fixed(message.MinNumSegments),
    };

    private static Messages.RetentionPolicy ToMessage(RetentionPolicy policy) => policy switch
    {
        RetentionPolicy.ByTime p => new()
        {
            RetentionType = Messages.RetentionPolicy.Types.RetentionPolicyType.Time,
            RetentionParam = (long)p.Least.TotalMilliseconds,
            RetentionMax = p.Most is { } most ? (long)most.TotalMilliseconds : long.MaxValue,
        },
        RetentionPolicy.BySize p => new()
        {
            RetentionType = Messages.RetentionPolicy.Types.RetentionPolicyType.Size,
            RetentionParam = p.Least,
            RetentionMax = p.Most ?? long.MaxValue,
        },
        _ => throw new ArgumentException($"There is no retention policy {policy}.", nameof(policy)),
    };

    private static RetentionPolicy? ToPolicy(Messages.RetentionPolicy message) => message.RetentionType switch
    {
        Messages.RetentionPolicy.Types.RetentionPolicyType.Time => new RetentionPolicy.ByTime(
            TimeSpan.FromMilliseconds(message.RetentionParam),
            message.RetentionMax is 0 or long.MaxValue ? null : TimeSpan.FromMilliseconds(message.RetentionMax)),
        Messages.RetentionPolicy.Types.RetentionPolicyType.Size => new RetentionPolicy.BySize(
            message.RetentionParam, message.RetentionMax is 0 or long.MaxValue ? null : message.RetentionMax),
        _ => null,
    };
}
