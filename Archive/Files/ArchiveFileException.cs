namespace Weir.Archive;

/// <summary>A file of an archive is damaged, gone or not to be read; the message says which and how that was seen.</summary>
/// <param name="message">A sentence.</param>
/// <param name="cause">What its messages are missing for.</param>
internal sealed class ArchiveFileException(string message, MessageGapCause cause) : IOException(message)
{
    public MessageGapCause Cause => cause;
}
