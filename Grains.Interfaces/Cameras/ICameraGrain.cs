using Orleans.Concurrency;

namespace Weir.Grains.Interfaces.Cameras;

/// <summary>One camera with its decode and its models. The key is the camera's id.</summary>
[Alias("weir.ICameraGrain")]
public interface ICameraGrain : IGrainWithStringKey
{
    /// <summary>Keeps these settings and makes them true at once.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range; the message says which.</exception>
    [Alias("Apply")] Task ApplyAsync(CameraSettings settings);

    /// <summary>
    /// What is set, with <c>***</c> for user, password and query of the source; null if the camera was never set up. Given
    /// back so by <see cref="ApplyAsync"/>, they stay as they are.
    /// </summary>
    [Alias("GetSettings"), AlwaysInterleave] Task<CameraSettings?> GetSettingsAsync();

    /// <summary>How it does.</summary>
    /// <exception cref="KeyNotFoundException">The camera was never set up.</exception>
    [Alias("GetStatus"), AlwaysInterleave] Task<CameraStatus> GetStatusAsync();

    /// <summary>
    /// The JPEG picture of a frame; null where it is not kept any more. The newest few dozen are kept.
    /// </summary>
    /// <param name="frameNumber">The frame's number; null for the newest.</param>
    [Alias("GetPicture"), AlwaysInterleave] Task<byte[]?> GetPictureAsync(long? frameNumber);

    /// <summary>
    /// The newest picture as soon as it is another one than that of a frame. Pictures are those of all frames that come,
    /// whether or not the model looked at them. Who shows them asks again and again with the number of the one shown last.
    /// </summary>
    /// <param name="than">The number of a frame; 0 for none.</param>
    /// <returns>Null when none has come for ten seconds, or at once where the camera does not run.</returns>
    /// <exception cref="KeyNotFoundException">There is no such camera (any more).</exception>
    [Alias("WaitForPicture"), AlwaysInterleave] Task<LivePicture?> WaitForPictureAsync(long than);

    /// <summary>What has happened in the scene of late, newest first; at most a hundred.</summary>
    [Alias("GetSceneEvents"), AlwaysInterleave] Task<IReadOnlyList<SceneEvent>> GetSceneEventsAsync();

    /// <summary>Stops the camera and forgets its settings. What it has recorded stays until its own time is up.</summary>
    [Alias("Remove")] Task RemoveAsync();

    /// <summary>Has an observer told of every frame until <see cref="UnsubscribeAsync"/>, or a minute after the last call.</summary>
    [Alias("Subscribe"), AlwaysInterleave] Task SubscribeAsync(ICameraObserver observer);

    /// <summary>Ends a subscription.</summary>
    [Alias("Unsubscribe"), AlwaysInterleave] Task UnsubscribeAsync(ICameraObserver observer);
}

/// <summary>A picture of a camera, as it comes.</summary>
/// <param name="FrameNumber">The number of its frame.</param>
/// <param name="IngestTime">When it came to the site, in microseconds since 1970-01-01 UTC.</param>
/// <param name="Jpeg">The file.</param>
[GenerateSerializer, Immutable, Alias("weir.LivePicture")]
public sealed record LivePicture([property: Id(0)] long FrameNumber, [property: Id(1)] long IngestTime, [property: Id(2)] ReadOnlyMemory<byte> Jpeg);

/// <summary>Is told what a camera sees. Calls may be lost or skipped when the observer is slow; each stands for itself.</summary>
[Alias("weir.ICameraObserver")]
public interface ICameraObserver : IGrainObserver
{
    /// <summary>A frame was looked at.</summary>
    [Alias("OnFrame"), OneWay] Task OnFrameAsync(FrameDetections frame);

    /// <summary>Something happened in the scene.</summary>
    [Alias("OnSceneEvent"), OneWay] Task OnSceneEventAsync(SceneEvent happened);

    /// <summary>The camera's status, when it changed and once a second.</summary>
    [Alias("OnStatus"), OneWay] Task OnStatusAsync(CameraStatus status);
}
