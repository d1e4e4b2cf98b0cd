using System.Diagnostics.Metrics;

namespace Weir.Pravega;

/// <summary>What this client counts, under the meter <c>Weir.Pravega</c>.</summary>
internal static class PravegaMetrics
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Weir.Pravega";

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> EventsWritten = Meter.CreateCounter<long>(
        "pravega.client.events_written", "{event}", "Events that the segment store has acknowledged.");

    public static readonly Counter<long> BytesWritten = Meter.CreateCounter<long>(
        "pravega.client.bytes_written", "By", "Bytes of acknowledged events, with their headers.");

    public static readonly Counter<long> BytesRead = Meter.CreateCounter<long>(
        "pravega.client.bytes_read", "By", "Bytes of segments that were read.");

    public static readonly Counter<long> Reconnects = Meter.CreateCounter<long>(
        "pravega.client.writer_reconnects", "{connection}", "Times that a writer lost its connection and made another.");

    public static readonly Counter<long> SegmentsSucceeded = Meter.CreateCounter<long>(
        "pravega.client.segments_succeeded", "{segment}", "Times that a writer went on from a sealed segment to its successors.");

    public static readonly Counter<long> ControllerCalls = Meter.CreateCounter<long>(
        "pravega.client.controller_calls", "{call}", "Calls that a controller has answered.");

    public static readonly UpDownCounter<long> Connections = Meter.CreateUpDownCounter<long>(
        "pravega.client.connections", "{connection}", "Open connections to segment stores.");
}
