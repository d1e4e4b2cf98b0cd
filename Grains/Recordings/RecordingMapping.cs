using System.Globalization;
using Weir.Grains.Interfaces.Cameras;
using Weir.Grains.Interfaces.Recordings;
using Weir.Vision.Pipeline;
using Weir.Vision.Recording.Capture;
using Weir.Vision.Recording.Replay;
using Weir.Vision.Recording.Retention;
using Weir.Vision.Recording.Store;
using LibraryMode = Weir.Vision.Recording.RecordingMode;

namespace Weir.Grains.Recordings;

/// <summary>Says in the words of the grain API what the vision library says in its own, and the other way round.</summary>
internal static class RecordingMapping
{
    /// <summary>Room in the stream beyond what retention keeps, so that it is retention that lets go.</summary>
    private const double StoreFactor = 1.25;

    public static RecorderOptions ToOptions(string camera, CameraSettings source, RecordingSettings settings) => new()
    {
        Camera = camera,
        Url = settings.Url ?? source.Url,
        Loop = source.Loop && settings.Url is null,
        RtspTransport = source.Transport == VideoTransport.Udp ? RtspTransport.Udp : RtspTransport.Tcp,
        Mode = ToMode(settings.Mode),
        PreRoll = settings.PreRoll,
        PostRoll = settings.PostRoll,
        StaleAfter = settings.StaleAfter,
        StoreBytes = (long)(settings.MaxBytes * StoreFactor),
    };

    public static RetentionOptions ToRetention(RecordingSettings settings) => new()
    {
        ContinuousAge = settings.ContinuousAge,
        MotionAge = settings.MotionAge,
        DetectionAge = settings.DetectionAge,
        MaxBytes = settings.MaxBytes,
    };

    public static RecordingRetentionPreview ToPreview(RetentionPlan plan) => new(
        plan.Fragments, plan.ByAge, plan.Bytes, ToMoment(plan.From), ToMoment(plan.To), ToMoment(plan.Oldest), plan.KeptBytes, plan.Lasts,
        plan.HeldFragments, plan.HeldBytes);

    public static RecordingStatus ToStatus(string camera, RecordingSettings? settings, RecorderStatus? recorder, long bytes) => new()
    {
        Camera = camera,
        Mode = settings?.Mode ?? RecordingMode.Off,
        State = recorder is null ? RecordingState.Stopped : ToState(recorder.State),
        Reason = recorder?.Reason,
        Since = recorder?.Since,
        Source = recorder?.Source,
        Codec = recorder?.Codec,
        Picture = recorder?.Picture is { } picture ? string.Create(CultureInfo.InvariantCulture, $"{picture.Width}x{picture.Height}") : null,
        StoredTo = ToMoment(recorder?.StoredTo),
        Bytes = bytes,
        Fragments = recorder?.Fragments ?? 0,
        Gaps = recorder?.Gaps ?? 0,
        Restarts = recorder?.Restarts ?? 0,
        ProcessId = recorder?.ProcessId,
    };

    public static RecordingGap ToGap(IndexEntry entry) => new(entry.Time, entry.End, entry.Cause.ToString(), entry.Detail);

    /// <summary>The place of an export as text: six numbers.</summary>
    public static string ToText(ClipPlace place) => string.Create(
        CultureInfo.InvariantCulture, $"{place.Next}.{place.Init}.{place.Run}.{place.Shift}.{place.End}.{place.Fragments}");

    /// <exception cref="ArgumentException">The text is no place.</exception>
    public static ClipPlace ToPlace(string? text)
    {
        if (text is null) return default;
        var numbers = text.Split('.').Select(part => long.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : (long?)null).ToList();
        return numbers is [{ } next, { } init, { } run, { } shift, { } end, { } fragments]
            ? new ClipPlace(next, (uint)init, run, shift, end, (uint)fragments)
            : throw new ArgumentException($"place must be what the part before has answered, but is '{text}'.");
    }

    public static LibraryMode ToMode(RecordingMode mode) => mode switch
    {
        RecordingMode.Motion => LibraryMode.Motion,
        RecordingMode.Detection => LibraryMode.Detection,
        RecordingMode.Continuous => LibraryMode.Continuous,
        _ => LibraryMode.Off,
    };

    private static RecordingState ToState(RecorderState state) => state switch
    {
        RecorderState.Starting => RecordingState.Starting,
        RecorderState.Waiting => RecordingState.Waiting,
        RecorderState.Recording => RecordingState.Recording,
        RecorderState.Failed => RecordingState.Failed,
        _ => RecordingState.Stopped,
    };

    private static DateTimeOffset? ToMoment(long? micros) =>
        micros is { } known ? DateTimeOffset.UnixEpoch.AddTicks(known * TimeSpan.TicksPerMicrosecond) : null;
}
