using Weir.Streams;

namespace Weir.Database.Sinks;

/// <summary>Turns the events of streams of results into rows. May be called from several threads.</summary>
public interface IResultDecoder
{
    /// <summary>
    /// Reads an event. It adds no row where the event is no result. What it throws is written to the dead letters with
    /// the event, and the sink goes on behind it.
    /// </summary>
    /// <param name="stored">The event; its bytes are valid for the time of the call.</param>
    /// <param name="rows">Takes its rows.</param>
    void Decode(in StoredEvent stored, ResultRows rows);

    /// <summary>What the event belongs to, for people that look at a dead letter, such as <c>detections/street</c>.</summary>
    string TopicOf(in StoredEvent stored);
}
