using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Recordings;

/// <summary>
/// The recording of one camera, and what was recorded. The key is the camera's id. Where a window is named, what is kept
/// for it is read instead. Times are µs since 1970-01-01 UTC.
/// </summary>
[Alias("weir.IRecordingGrain")]
public interface IRecordingGrain : IGrainWithStringKey
{
    /// <summary>Keeps these settings and makes them true at once.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range; the message says which.</exception>
    /// <exception cref="KeyNotFoundException">There is no such camera.</exception>
    [Alias("Apply")] Task ApplyAsync(RecordingSettings settings);

    /// <summary>
    /// What is set, with <c>***</c> for user, password and query of the URL; null where nothing is, so that nothing is
    /// recorded. Given back so by <see cref="ApplyAsync"/>, they stay as they are.
    /// </summary>
    [Alias("GetSettings"), AlwaysInterleave] Task<RecordingSettings?> GetSettingsAsync();

    /// <summary>The camera has been set up, changed or removed: records from where it is now, or stops. What was recorded stays.</summary>
    [Alias("Follow")] Task FollowAsync();

    /// <summary>How it does.</summary>
    [Alias("GetStatus"), AlwaysInterleave] Task<RecordingStatus> GetStatusAsync();

    /// <summary>What is there of a range of time.</summary>
    [Alias("GetTimeline"), AlwaysInterleave] Task<RecordingTimeline> GetTimelineAsync(long from, long to);

    /// <summary>A playlist of HTTP Live Streaming for a range of time, at most a day.</summary>
    [Alias("GetPlaylist"), AlwaysInterleave] Task<string> GetPlaylistAsync(long from, long to, string? window);

    /// <summary>What a player needs before the fragment at a position; null where it is not there any more.</summary>
    [Alias("ReadInit"), AlwaysInterleave] Task<byte[]?> ReadInitAsync(string position, string? window);

    /// <summary>Fragments that lie one behind the other; null where one is not there any more.</summary>
    [Alias("ReadFragments"), AlwaysInterleave] Task<byte[]?> ReadFragmentsAsync(string position, int count, string? window);

    /// <summary>The next part of a clip as MP4.</summary>
    /// <exception cref="KeyNotFoundException">Nothing is recorded in that range.</exception>
    /// <exception cref="ArgumentException">The pictures change their size within the range, or it is longer than a day.</exception>
    [Alias("ReadClip"), AlwaysInterleave] Task<RecordingClipPart> ReadClipAsync(RecordingClip clip);

    /// <summary>What retention is about to let go. Nothing is changed.</summary>
    /// <param name="settings">Settings to try; null for those that are set.</param>
    [Alias("PreviewRetention"), AlwaysInterleave] Task<RecordingRetentionPreview> PreviewRetentionAsync(RecordingSettings? settings);

    /// <summary>Lets go what retention says, and windows whose time is up. The site calls it every few minutes.</summary>
    [Alias("Trim")] Task TrimAsync();

    /// <summary>Keeps a range of time, whatever retention lets go.</summary>
    /// <exception cref="ArgumentException">The range is empty or too long, or there are too many windows.</exception>
    [Alias("KeepWindow")] Task<RecordingWindow> KeepWindowAsync(WindowRequest request);

    /// <summary>The windows, newest first.</summary>
    [Alias("ListWindows"), AlwaysInterleave] Task<IReadOnlyList<RecordingWindow>> ListWindowsAsync();

    /// <summary>A window was fetched: it goes, where that was asked for.</summary>
    [Alias("WindowFetched")] Task WindowFetchedAsync(string id);

    /// <summary>Lets a window go.</summary>
    /// <returns>False where there was none.</returns>
    [Alias("ReleaseWindow")] Task<bool> ReleaseWindowAsync(string id);

    /// <summary>Removes all that was recorded, windows apart. Recording goes on where it is set.</summary>
    [Alias("DeleteAll")] Task DeleteAllAsync();
}

/// <summary>Asks for a part of a clip.</summary>
/// <param name="From">Where the clip begins; it begins with the keyframe before.</param>
/// <param name="To">Where it ends; at most a day later.</param>
/// <param name="Window">The window it is from; null for the camera's recordings.</param>
/// <param name="Place">What the part before has answered; null for the first.</param>
[GenerateSerializer, Immutable, Alias("weir.RecordingClip")]
public sealed record RecordingClip(
    [property: Id(0)] long From, [property: Id(1)] long To, [property: Id(2)] string? Window, [property: Id(3)] string? Place);

/// <summary>A part of a clip.</summary>
/// <param name="Bytes">The bytes that follow those of the part before.</param>
/// <param name="Place">What to ask with for the next part; null after the last.</param>
[GenerateSerializer, Immutable, Alias("weir.RecordingClipPart")]
public sealed record RecordingClipPart([property: Id(0)] byte[] Bytes, [property: Id(1)] string? Place);
