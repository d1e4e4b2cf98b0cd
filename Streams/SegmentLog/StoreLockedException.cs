namespace Weir.Streams.SegmentLog;

/// <summary>Another process has the folder of the segment log.</summary>
public sealed class StoreLockedException : StreamStoreException
{
    internal StoreLockedException(string folder, string? process, Exception cause)
        : base(
            $"The folder '{folder}' of the segment log is in use by another store"
            + (string.IsNullOrEmpty(process) ? "" : $" (process {process})")
            + ". Stop that one, or give this one a folder of its own.", cause) =>
        Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
