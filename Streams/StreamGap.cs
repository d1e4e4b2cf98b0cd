namespace Weir.Streams;

/// <summary>Why a part of a stream is not there any more.</summary>
public enum GapCause
{
    /// <summary>The head was truncated before this reader came to it.</summary>
    Truncated,

    /// <summary>The bytes on disk do not match their checksum.</summary>
    Corrupt,

    /// <summary>A budget of bytes or age took it.</summary>
    Budget,
}

/// <summary>A range of a stream that a reader asked for and cannot have. Told once, in place of the events.</summary>
/// <param name="From">The first position that is missing.</param>
/// <param name="To">The position at which the stream goes on.</param>
/// <param name="Cause">Why.</param>
/// <param name="Events">How many events are missing; null where nobody can know.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record StreamGap(StreamPosition From, StreamPosition To, GapCause Cause, long? Events, string Detail);
