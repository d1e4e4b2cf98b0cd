namespace Weir.Streams.SegmentLog;

/// <summary>Says in a sentence why something was not stored and what helps.</summary>
internal static class StoreFailure
{
    // errno values, which .NET passes on as HResult on Unix; and Windows' ERROR_DISK_FULL.
    private const int NoSpace = 28;
    private const int FileTooBig = 27;
    private const int QuotaExceeded = 122;
    private const int InputOutput = 5;
    private const int TooManyFilesInAll = 23;
    private const int TooManyFiles = 24;
    private const int ReadOnly = 30;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>A batch with event numbers that follow on one that was not stored.</summary>
    public static StreamStoreException EarlierIsMissing(StreamName name, WriterState writer) => new(
        $"The stream '{name}' did not take a batch of writer {writer.Id}: its events from number {writer.MissingFrom} on were "
        + "not stored before. Repeat from there, or open the writer anew to leave them out.");

    /// <param name="name">The stream.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="what">What could not be done, as in "could not be appended to".</param>
    /// <param name="cause">What the system said.</param>
    public static StreamStoreException For(StreamName name, string folder, string what, Exception cause) => cause switch
    {
        StreamStoreException said => said,
        _ when cause.HResult is NoSpace or FileTooBig or QuotaExceeded or WindowsDiskFull => new StreamStoreException(
            $"The stream '{name}' could not be {what}: the disk of '{folder}' is full (or a limit on file size or "
            + "quota is reached). Free space there or lower the streams' MaxBytes; a later attempt will work then.", cause),
        _ when cause.HResult is TooManyFiles or TooManyFilesInAll => new StreamStoreException(
            $"The stream '{name}' could not be {what} in '{folder}': too many files are open. Raise the limit (ulimit -n, "
            + "or LimitNOFILE of the service), or have fewer streams and readers; a later attempt will work then.", cause),
        UnauthorizedAccessException => new StreamStoreException(
            $"The stream '{name}' could not be {what}: '{folder}' is read-only, or this user may not write there "
            + $"({cause.Message}). Give it back, or remount its disk; a later attempt will work then.", cause),
        _ when cause.HResult is InputOutput or ReadOnly => new StreamStoreException(
            $"The stream '{name}' could not be {what} in '{folder}': {Reason(cause)}. Look at the disk and its "
            + "mount; a later attempt works once it does.", cause),
        FolderVanishedException or DirectoryNotFoundException or FileNotFoundException => new StreamStoreException(
            $"The stream '{name}' could not be {what}: its folder '{folder}' or the open segment in it has vanished. "
            + "Bring the folder back, or mount its disk; a later attempt will work then.", cause),
        _ => new StreamStoreException(
            $"The stream '{name}' could not be {what} in '{folder}': {cause.Message}", cause),
    };

    private static string Reason(Exception cause) =>
        cause.HResult == ReadOnly ? "the file system is read-only" : $"the device answers with an error ({cause.Message})";
}

/// <summary>The file that was just written to has no name any more.</summary>
internal sealed class FolderVanishedException(string path) : IOException($"'{path}' is not there any more.");
