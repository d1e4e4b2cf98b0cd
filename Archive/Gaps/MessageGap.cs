using System.Text.Json.Serialization;

namespace Weir.Archive;

/// <summary>Why messages are not there.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessageGapCause>))]
public enum MessageGapCause
{
    /// <summary>The stream did not take them (disk full …); their publisher was not told that they are kept.</summary>
    Refused,

    /// <summary>The stream lost them before they were archived.</summary>
    Stream,

    /// <summary>Their file was found damaged and put aside.</summary>
    CorruptFile,

    /// <summary>Their file is gone, or nothing says where they went.</summary>
    MissingFile,

    /// <summary>The archive's retention let them go.</summary>
    Retention,

    /// <summary>The ring was full, and they were the oldest without a file (<see cref="FullOperation.DropOldest"/>).</summary>
    Dropped,

    /// <summary>The ring was full when they came, and their publisher was refused (<see cref="FullOperation.Reject"/>, <see cref="FullOperation.Block"/>).</summary>
    Rejected,

    /// <summary>Their file is there, but cannot be read just now: its key is missing or another, or the disk gives an error.</summary>
    UnreadableFile,
}

/// <summary>A range of keys whose messages an exchange cannot give.</summary>
/// <param name="First">The first key that is missing.</param>
/// <param name="Last">The last key that is missing.</param>
/// <param name="Messages">How many messages are missing; null where nobody can know.</param>
/// <param name="Cause">Why.</param>
/// <param name="Found">When that was found.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record MessageGap(
    MessageKey First, MessageKey Last, long? Messages, MessageGapCause Cause, DateTimeOffset Found, string Detail)
{
    /// <summary>Whether all keys of the range are missing, so that nothing between them is to be had.</summary>
    internal bool IsSolid => Messages == Last.Sequence - First.Sequence + 1;
}
