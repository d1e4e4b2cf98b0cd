using Microsoft.Extensions.Logging;

namespace Weir.Streams.SegmentLog;

/// <summary>What all streams of a store share.</summary>
internal sealed record SegmentLogContext(
    SegmentLogOptions Options, TimeProvider Time, ILogger Logger, AppendOperationPool Operations, FlushThreads FlushThreads,
    SegmentLogMetrics Metrics, SiteBudget Budget);
